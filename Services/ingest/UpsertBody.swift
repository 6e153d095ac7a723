internal import Directory
internal import ServiceRuntime

/// The body of `POST /v1/upsert`, each item by itself good or bad.
struct UpsertBody {
    /// An item as it was sent: what it says, or what is wrong with it.
    private enum Item<Value> {
        case good(Value)
        case bad(id: String?, Problem)
    }

    let workspace: String?
    private let teams: [Item<Upsert.Team>]
    private let projects: [Item<Upsert.Project>]
    private let users: [Item<Upsert.User>]

    private static let members: Set<String> = ["workspace", "teams", "projects", "users"]

    /// Reads a body.
    ///
    /// - Throws: A 413 problem for more items than the limit, a 422 problem when the body is no such object.
    init(_ body: JSONValue, limit: Int) throws(Problem) {
        var fields = FieldReader(body, known: Self.members)
        workspace = fields.name("workspace")
        var count = 0
        func list(_ name: String) -> [JSONValue] {
            guard let value = fields[name] else { return [] }
            guard let list = value.list else {
                fields.fault(name, "type", "must be a list")
                return []
            }
            count += list.count
            return list
        }
        let lists = (teams: list("teams"), projects: list("projects"), users: list("users"))
        guard fields.faults.isEmpty else { throw .invalid(fields.faults) }
        guard count <= limit else { throw .tooLarge("A request may hold \(limit) items: send them in several.") }
        teams = lists.teams.map { item in
            Self.read(item, known: ["id", "name"]) { Upsert.Team(id: $0.required("id"), name: $0.name("name")) }
        }
        projects = lists.projects.map { item in
            Self.read(item, known: ["id", "team", "name"]) {
                Upsert.Project(id: $0.required("id"), team: $0.name("team"), name: $0.name("name"))
            }
        }
        users = lists.users.map { item in
            Self.read(item, known: ["id", "email", "name", "team"]) {
                Upsert.User(
                    id: $0.required("id"),
                    email: $0.name("email"),
                    name: $0.name("name"),
                    team: $0.name("team")
                )
            }
        }
    }

    private static func read<Value>(
        _ value: JSONValue,
        known: Set<String>,
        _ read: (inout FieldReader) -> Value
    ) -> Item<Value> {
        var fields = FieldReader(value, known: known)
        let item = read(&fields)
        return fields.faults.isEmpty ? .good(item) : .bad(id: value["id"]?.text, .invalid(fields.faults))
    }

    /// The good items, to be stored.
    func upsert(in workspace: String, from sourceApp: String) -> Upsert {
        func good<Value>(_ items: [Item<Value>]) -> [Value] {
            items.compactMap { item in
                guard case .good(let value) = item else { return nil }
                return value
            }
        }
        return Upsert(
            workspace: workspace,
            sourceApp: sourceApp,
            teams: good(teams),
            projects: good(projects),
            users: good(users)
        )
    }

    /// The answer: what became of each item, in the order they were sent.
    func answer(_ result: UpsertResult) -> JSONWriter {
        var writer = JSONWriter(reserving: 64 * (teams.count + projects.count + users.count) + 128)
        let outcomes = result.teams + result.projects + result.users
        let sent = teams.count + projects.count + users.count
        writer.beginObject()
        for outcome in [UpsertOutcome.created, .updated, .unchanged] {
            writer.member(outcome.rawValue, outcomes.count { $0 == outcome })
        }
        writer.member("rejected", sent - outcomes.count)
        Self.write("teams", teams, result.teams, to: &writer) { $0.id }
        Self.write("projects", projects, result.projects, to: &writer) { $0.id }
        Self.write("users", users, result.users, to: &writer) { $0.id }
        writer.endObject()
        return writer
    }

    private static func write<Value>(
        _ name: String,
        _ items: [Item<Value>],
        _ outcomes: [UpsertOutcome],
        to writer: inout JSONWriter,
        id: (Value) -> String
    ) {
        var outcomes = outcomes[...]
        writer.key(name)
        writer.beginArray()
        for (index, item) in items.enumerated() {
            writer.beginObject()
            writer.member("index", index)
            writer.key("id")
            switch item {
            case .good(let value):
                writer.string(id(value))
                writer.member("status", outcomes.popFirst()?.rawValue ?? UpsertOutcome.unchanged.rawValue)
            case .bad(let id, let problem):
                writer.optional(id)
                writer.member("status", "rejected")
                writer.key("problem")
                problem.write(to: &writer)
            }
            writer.endObject()
        }
        writer.endArray()
    }
}
