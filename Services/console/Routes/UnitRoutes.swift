package import Access
package import Directory
internal import Domain
internal import HTTPTypes
package import Hummingbird
package import ServiceRuntime

/// `/v1/teams`, `/v1/projects` and `/v1/users`: what events name, in its workspace.
package struct UnitRoutes: Sendable {
    private let kind: UnitKind
    private let authenticator: Authenticator
    private let store: any OrganisationStore
    private let clock: any WallClock

    private var path: String { "/v1/\(kind.rawValue)s" }

    /// Makes the routes of one kind.
    package init(_ kind: UnitKind, authenticator: Authenticator, store: any OrganisationStore, clock: any WallClock) {
        self.kind = kind
        self.authenticator = authenticator
        self.store = store
        self.clock = clock
    }

    /// Adds the routes.
    package func add(to router: Router<OliverRequestContext>) {
        router.get(RouterPath(path)) { request, _ in try await list(request) }
        router.post(RouterPath(path), use: create)
        let one = RouterPath(path + "/:id")
        router.get(one, use: get)
        router.patch(one, use: edit)
        router.post(RouterPath(path + "/:id/archive")) { request, context in
            let now = clock.now
            return try await set(request, context, "archive") { $0.archivedAt = $0.archivedAt ?? now }
        }
        router.post(RouterPath(path + "/:id/restore")) { request, context in
            try await set(request, context, "restore") { $0.archivedAt = nil }
        }
    }

    private func list(_ request: Request) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .read)
        let filters: Set<String> = ["workspace", "q", "archived"]
        let query = try ListRequest(request, filters: kind == .team ? filters : filters.union(["team"]))
        let cursor = try query.after.map { text throws(Problem) in
            guard let cursor = UnitCursor(text) else { throw ListRequest.badCursor }
            return cursor
        }
        let found = try await store.units(
            kind,
            UnitQuery(
                workspaces: try caller.shown(query["workspace"]),
                search: query["q"],
                team: query["team"],
                isArchived: try query.choice("archived", of: Flag.self).map { $0 == .yes }
            ),
            after: cursor,
            limit: query.limit + 1
        )
        return query.answer(found, cursor: { UnitCursor(workspace: $0.workspace, id: $0.id).text }) {
            $0.value($1.document)
        }
    }

    private func get(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        let (workspace, _) = try await authenticator.workspace(of: request, needing: .read)
        guard let unit = try await store.unit(kind, try context.id(), in: workspace) else {
            throw Problem.notFound("There is no such \(kind.rawValue).")
        }
        return .object(unit.document, version: unit.version)
    }

    private func create(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .directory)
        var fields = FieldReader(try await request.json(), known: editable.union(["id", "workspace"]))
        let id = fields.required("id")
        let named = fields.name("workspace")
        let edit = UnitEdit(&fields, kind)
        guard fields.faults.isEmpty else { throw Problem.invalid(fields.faults) }
        let workspace = try caller.required(named)
        var unit = OrgUnit(kind, id: id, workspace: workspace, createdAt: clock.now)
        edit.apply(to: &unit)
        guard unit.flaws.isEmpty else { throw Problem.invalid(unit.flaws) }
        do {
            let made = try await store.create(unit, by: caller.author(in: context))
            let query = "?workspace=\(workspace)"
            return .object(made.document, version: made.version, created: "\(path)/\(id.percentEncoded)\(query)")
        } catch let error as DirectoryError where error.code == .notFound {
            throw Problem.invalid("workspace", code: "unknown_value", detail: "there is no such workspace")
        }
    }

    private func edit(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        let (workspace, caller) = try await authenticator.workspace(of: request, needing: .directory)
        let expected = try request.requiredVersion()
        var fields = FieldReader(try await request.json(), known: editable.union(["id", "workspace"]))
        fields.fix(["id", "workspace"])
        let edit = UnitEdit(&fields, kind)
        guard fields.faults.isEmpty else { throw Problem.invalid(fields.faults) }
        let changed = try await store.change(
            kind,
            try context.id(),
            in: workspace,
            DirectoryEdit(
                "\(kind.rawValue).update",
                by: caller.author(in: context),
                at: clock.now,
                expecting: expected
            )
        ) { unit in
            edit.apply(to: &unit)
            guard unit.flaws.isEmpty else { throw Problem.invalid(unit.flaws) }
        }
        return .object(changed.document, version: changed.version)
    }

    private func set(
        _ request: Request,
        _ context: OliverRequestContext,
        _ verb: String,
        _ change: (inout OrgUnit) -> Void
    ) async throws -> Response {
        let (workspace, caller) = try await authenticator.workspace(of: request, needing: .directory)
        let changed = try await store.change(
            kind,
            try context.id(),
            in: workspace,
            DirectoryEdit(
                "\(kind.rawValue).\(verb)",
                by: caller.author(in: context),
                at: clock.now,
                expecting: try request.expectedVersion()
            ),
            change
        )
        return .object(changed.document, version: changed.version)
    }

    private var editable: Set<String> {
        switch kind {
        case .team: ["name"]
        case .project: ["name", "team"]
        case .user: ["name", "team", "email"]
        }
    }
}

/// What a body sets: a member that is absent stays, null takes it away.
private struct UnitEdit {
    private let name: String??
    private let team: String??
    private let email: String??

    init(_ fields: inout FieldReader, _ kind: UnitKind) {
        name = fields.change("name")
        team = kind == .team ? nil : fields.change("team")
        email = kind == .user ? fields.change("email") : nil
    }

    func apply(to unit: inout OrgUnit) {
        if let name { unit.name = name }
        if let team { unit.team = team }
        if let email { unit.email = email }
    }
}

extension String {
    /// The text as a segment of a path.
    var percentEncoded: String {
        utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                String(UnicodeScalar(byte))
            default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }
}
