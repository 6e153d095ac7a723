package import Access
package import Directory
internal import Domain
package import Hummingbird
package import ServiceRuntime

/// `/v1/people`: who signs in, and what they may do where.
///
/// People are the whole installation's: all of this needs the permission `people` everywhere. Nobody gives, takes or edits
/// more than their own role is; keys count as administrators.
package struct PeopleRoutes: Sendable {
    private let authenticator: Authenticator
    private let store: any AccountStore
    private let clock: any WallClock

    private static let path = "/v1/people"
    /// Grants of one person at most.
    private static let grantLimit = 200

    package init(authenticator: Authenticator, store: any AccountStore, clock: any WallClock) {
        self.authenticator = authenticator
        self.store = store
        self.clock = clock
    }

    /// Adds the routes.
    package func add(to router: Router<OliverRequestContext>) {
        router.get(RouterPath(Self.path)) { request, _ in try await answering { try await list(request) } }
        router.post(RouterPath(Self.path)) { request, context in
            try await answering { try await create(request, context) }
        }
        let one = RouterPath(Self.path + "/:id")
        router.get(one) { request, context in try await answering { try await get(request, context) } }
        router.patch(one) { request, context in try await answering { try await edit(request, context) } }
        let grants = RouterPath(Self.path + "/:id/grants")
        router.get(grants) { request, context in try await answering { try await getGrants(request, context) } }
        router.put(grants) { request, context in try await answering { try await putGrants(request, context) } }
    }

    private func list(_ request: Request) async throws -> Response {
        _ = try await caller(of: request)
        // Each person's grants are a question of their own.
        let query = try ListRequest(request, filters: ["q"], limits: 1...100)
        let found = try await store.people(matching: query["q"], after: query.after, limit: query.limit + 1)
        let page = found.prefix(query.limit)
        var documents: [JSONValue] = []
        for person in page { documents.append(person.document(try await store.grants(of: person.id))) }
        var writer = JSONWriter(reserving: 384 * documents.count + 64)
        writer.page(documents, next: found.count > page.count ? page.last?.id : nil) { $0.value($1) }
        return .json(writer)
    }

    private func get(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        _ = try await caller(of: request)
        let person = try await find(context)
        return .object(person.document(try await store.grants(of: person.id)), version: person.version)
    }

    private func create(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        let (caller, role) = try await caller(of: request)
        var fields = FieldReader(try await request.json(), known: ["email", "name", "grants"])
        let email = fields.required("email", limit: 254)
        let name = fields.name("name")
        let grants = fields.grants(limit: Self.grantLimit) ?? []
        guard fields.faults.isEmpty else { throw Problem.invalid(fields.faults) }
        try Self.check(grants, allowedBy: role)
        let author = caller.author(in: context)
        let person = Person(email: email, name: name ?? email, createdAt: clock.now, createdBy: author.signature)
        let entry = AuditEntry.person("create", person, grants: grants, by: author)
        try await store.create(person, grants: grants, audit: entry)
        return .object(person.document(grants), version: person.version, created: "\(Self.path)/\(person.id)")
    }

    private func edit(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        let (caller, role) = try await caller(of: request)
        let body = try await request.json()
        var fields = FieldReader(body, known: ["email", "name", "disabled"])
        let (email, name, disabled) = (fields.name("email", limit: 254), fields.name("name"), fields["disabled"])
        if let disabled, disabled != .bool(true), disabled != .bool(false) {
            fields.fault("disabled", "type", "must be true or false")
        }
        guard fields.faults.isEmpty else { throw Problem.invalid(fields.faults) }
        let expected = try request.requiredVersion()
        let before = try await find(context)
        let grants = try await store.grants(of: before.id)
        try Self.check(grants, allowedBy: role)
        var person = before
        person.version = expected ?? before.version
        person.name = name ?? before.name
        person.email = email?.lowercased() ?? before.email
        if let disabled { person.disabledAt = disabled == .bool(true) ? before.disabledAt ?? clock.now : nil }
        let entry = AuditEntry.person("edit", person, before: before, by: caller.author(in: context))
        let kept = try await store.update(person, audit: entry, at: clock.now)
        return .object(kept.document(grants), version: kept.version)
    }

    private func getGrants(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        _ = try await caller(of: request)
        let person = try await find(context)
        let grants = try await store.grants(of: person.id)
        return .object(["grants": .array(grants.map(\.json))], version: person.version)
    }

    private func putGrants(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        let (caller, role) = try await caller(of: request)
        var fields = FieldReader(try await request.json(), known: ["grants"])
        if fields["grants"] == nil { fields.fault("grants", "required", "is missing") }
        let grants = fields.grants(limit: Self.grantLimit) ?? []
        guard fields.faults.isEmpty else { throw Problem.invalid(fields.faults) }
        let expected = try request.requiredVersion()
        let person = try await find(context)
        let before = try await store.grants(of: person.id)
        try Self.check(before + grants, allowedBy: role)
        let entry = AuditEntry.grants(of: person.id, before: before, after: grants, by: caller.author(in: context))
        try await store.setGrants(grants, of: person.id, expecting: expected, audit: entry, at: clock.now)
        let version = try await store.person(id: person.id)?.version ?? person.version
        return .object(["grants": .array(grants.map(\.json))], version: version)
    }

    /// Who asks, and the role that they have everywhere.
    private func caller(of request: Request) async throws -> (caller: Caller, role: Role) {
        let caller = try await authenticator.caller(of: request, needing: .people)
        try caller.requireEverywhere()
        guard caller.principal.kind == .person else { return (caller, .admin) }
        let own = try await store.grants(of: caller.id).filter { $0.workspace == nil }
        guard let role = own.map(\.role).max() else { throw AccessRefusal.permission("people").problem }
        return (caller, role)
    }

    private func find(_ context: OliverRequestContext) async throws -> Person {
        guard let person = try await store.person(id: try context.id()) else {
            throw Problem.notFound("There is no such person.")
        }
        return person
    }

    /// Refuses to touch roles above one's own.
    private static func check(_ grants: [Grant], allowedBy role: Role) throws(Problem) {
        guard let above = grants.map(\.role).first(where: { !role.mayGrant($0) }) else { return }
        throw .forbidden("Only an owner may give or take the role \(above.rawValue), or edit who has it.")
    }
}

extension Person {
    /// The person as the API shows them.
    fileprivate func document(_ grants: [Grant]) -> JSONValue {
        [
            "id": .string(id), "email": email.map { .string($0) } ?? .null, "name": .string(name),
            "provider": identity.map { .string($0.provider) } ?? .null, "password": .bool(passwordHash != nil),
            "grants": .array(grants.map(\.json)),
            "last_seen_at": lastSignInAt.map { .string($0.rfc3339) } ?? .null,
            "created_at": .string(createdAt.rfc3339), "created_by": .string(createdBy),
            "disabled_at": disabledAt.map { .string($0.rfc3339) } ?? .null, "version": .int(version),
        ]
    }
}

extension FieldReader {
    /// The member `grants`: roles with their places; nil when it is absent.
    fileprivate mutating func grants(limit: Int) -> [Grant]? {
        guard let value = self["grants"] else { return nil }
        guard case .array(let elements) = value, elements.count <= limit else {
            fault("grants", "type", "must be a list of at most \(limit) roles")
            return nil
        }
        var grants: [Grant] = []
        for (index, element) in elements.enumerated() {
            var fields = FieldReader(element, known: ["role", "workspace", "team"])
            let role = fields.word("role", Role.self)
            let (workspace, team) = (fields.name("workspace"), fields.name("team"))
            if role == nil, fields.faults.isEmpty { fields.fault("role", "required", "is missing") }
            if team != nil, workspace == nil { fields.fault("team", "invalid", "needs the team's workspace") }
            for found in fields.faults { fault("grants[\(index)].\(found.name)", found.code, found.detail) }
            guard fields.faults.isEmpty, let role else { continue }
            guard !grants.contains(where: { $0.workspace == workspace && $0.team == team }) else {
                fault("grants[\(index)]", "duplicate", "there is a role for this place already")
                continue
            }
            grants.append(Grant(role: role, workspace: workspace, team: team))
        }
        return grants
    }
}
