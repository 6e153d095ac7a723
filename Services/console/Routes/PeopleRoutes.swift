package import Access
package import Directory
internal import Domain
package import Hummingbird
package import ServiceRuntime

/// `/v1/people`: who signs in, and what they may do where.
///
/// Who manages people everywhere sees everybody. Who manages those of a workspace sees whom a grant lets into it, gives
/// and takes grants in it, and lets people in who are known elsewhere; accounts as such are the installation's to edit.
/// ``GrantAuthority`` decides about each grant.
package struct PeopleRoutes: Sendable {
    private let authenticator: Authenticator
    private let store: any AccountStore
    private let organisation: any OrganisationStore
    private let clock: any WallClock

    private static let path = "/v1/people"
    /// Grants of one person at most.
    private static let grantLimit = 200

    package init(
        authenticator: Authenticator,
        store: any AccountStore,
        organisation: any OrganisationStore,
        clock: any WallClock
    ) {
        self.authenticator = authenticator
        self.store = store
        self.organisation = organisation
        self.clock = clock
    }

    /// Adds the routes.
    package func add(to router: Router<OliverRequestContext>) {
        router.get(RouterPath(Self.path)) { request, _ in try await list(request) }
        router.post(RouterPath(Self.path), use: create)
        let one = RouterPath(Self.path + "/:id")
        router.get(one, use: get)
        router.patch(one, use: edit)
        let grants = RouterPath(Self.path + "/:id/grants")
        router.get(grants, use: getGrants)
        router.put(grants, use: putGrants)
    }

    private func list(_ request: Request) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .people)
        // Each person's grants are a question of their own.
        let query = try ListRequest(request, filters: ["q", "workspace"], limits: 1...100)
        let found = try await store.people(
            matching: query["q"],
            reaching: try caller.listed(query["workspace"]),
            after: query.after,
            limit: query.limit + 1
        )
        let page = found.prefix(query.limit)
        let users = try await users(of: Array(page), for: caller)
        var documents: [JSONValue] = []
        for person in page {
            let grants = try await store.grants(of: person.id)
            documents.append(person.document(grants, users[person.id] ?? [], seenBy: caller.authority))
        }
        var writer = JSONWriter(reserving: 384 * documents.count + 64)
        writer.page(documents, next: found.count > page.count ? page.last?.id : nil) { $0.value($1) }
        return .json(writer)
    }

    private func get(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        let (person, grants, caller) = try await find(request, context)
        return .object(try await document(person, grants, for: caller), version: person.version)
    }

    private func create(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .people)
        let authority = caller.authority
        var fields = FieldReader(try await request.json(), known: ["email", "name", "grants"])
        let email = fields.required("email", limit: 254)
        let name = fields.name("name")
        let wanted = fields.grants(limit: Self.grantLimit) ?? []
        if !authority.isEverywhere, wanted.isEmpty, fields.faults.isEmpty {
            fields.fault("grants", "required", "must have a role in a workspace whose people you manage")
        }
        guard fields.faults.isEmpty else { throw Problem.invalid(fields.faults) }
        let author = caller.author(in: context)
        var person = Person(email: email, name: name ?? email, createdAt: clock.now, createdBy: author.signature)
        var grants = try authority.replacing([], with: wanted)
        if let (known, others) = try await hidden(person.email, from: authority) {
            (person, grants) = (known, try authority.replacing(others, with: wanted))
            try await set(grants, of: known, before: others, by: author)
            person.version += 1
        } else {
            let entries = [AuditEntry].creation(of: person, grants: grants, by: author)
            try await store.create(person, grants: grants, audit: entries)
        }
        let document = try await document(person, grants, for: caller)
        return .object(document, version: person.version, created: "\(Self.path)/\(person.id)")
    }

    /// Somebody with an address who is known, but not to who asks: they let them in, and cannot make them anew.
    private func hidden(
        _ email: String?,
        from authority: GrantAuthority
    ) async throws -> (person: Person, grants: [Grant])? {
        guard let email, let person = try await store.person(email: email) else { return nil }
        let grants = try await store.grants(of: person.id)
        return authority.seesWho(has: grants) ? nil : (person, grants)
    }

    private func edit(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .people)
        // All workspaces know them by what is changed here.
        try caller.requireEverywhere()
        let (before, grants) = try await find(context, for: caller)
        let body = try await request.json()
        var fields = FieldReader(body, known: ["email", "name", "disabled"])
        let (email, name, disabled) = (fields.name("email", limit: 254), fields.name("name"), fields["disabled"])
        if let disabled, disabled != .bool(true), disabled != .bool(false) {
            fields.fault("disabled", "type", "must be true or false")
        }
        guard fields.faults.isEmpty else { throw Problem.invalid(fields.faults) }
        let expected = try request.requiredVersion()
        try caller.authority.requireAbove(grants)
        var person = before
        person.version = expected ?? before.version
        person.name = name ?? before.name
        person.email = email.map { AccountAddress.lowercased($0) } ?? before.email
        if let disabled { person.disabledAt = disabled == .bool(true) ? before.disabledAt ?? clock.now : nil }
        let entry = AuditEntry.person("edit", person, before: before, by: caller.author(in: context))
        let kept = try await store.update(person, audit: entry, at: clock.now)
        return .object(try await document(kept, grants, for: caller), version: kept.version)
    }

    private func getGrants(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        let (person, grants, caller) = try await find(request, context)
        return .object(grants.document(seenBy: caller.authority), version: person.version)
    }

    private func putGrants(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        let (person, before, caller) = try await find(request, context)
        var fields = FieldReader(try await request.json(), known: ["grants"])
        if fields["grants"] == nil { fields.fault("grants", "required", "is missing") }
        let wanted = fields.grants(limit: Self.grantLimit) ?? []
        guard fields.faults.isEmpty else { throw Problem.invalid(fields.faults) }
        let expected = try request.requiredVersion()
        guard expected == nil || expected == person.version else { throw DirectoryError.changedPerson }
        let after = try caller.authority.replacing(before, with: wanted)
        let isChanged = Set(before) != Set(after)
        if isChanged { try await set(after, of: person, before: before, by: caller.author(in: context)) }
        let document = after.document(seenBy: caller.authority)
        return .object(document, version: isChanged ? person.version + 1 : person.version)
    }

    /// Replaces somebody's grants, as they were when `before` was read: somebody else may change those elsewhere.
    private func set(_ grants: [Grant], of person: Person, before: [Grant], by author: Author) async throws {
        try await store.setGrants(
            grants,
            of: person.id,
            expecting: person.version,
            audit: .grants(of: person.id, before: before, after: grants, by: author),
            at: clock.now
        )
    }

    /// The users that people are, as far as who asks may know: by the ids of the people.
    private func users(of people: [Person], for caller: Caller) async throws -> [String: [LinkedUser]] {
        let workspaces = try caller.listed(nil)
        let found = try await organisation.users(of: people.map(\.id), in: workspaces)
        return Dictionary(grouping: found, by: \.person)
    }

    /// A person as the API shows them to who asks.
    private func document(_ person: Person, _ grants: [Grant], for caller: Caller) async throws -> JSONValue {
        let users = try await users(of: [person], for: caller)
        return person.document(grants, users[person.id] ?? [], seenBy: caller.authority)
    }

    /// Who asks, and the person in the path with all that they may do.
    private func find(
        _ request: Request,
        _ context: OliverRequestContext
    ) async throws -> (person: Person, grants: [Grant], caller: Caller) {
        let caller = try await authenticator.caller(of: request, needing: .people)
        let (person, grants) = try await find(context, for: caller)
        return (person, grants, caller)
    }

    /// The person in the path with all that they may do; who is not seen is not there.
    private func find(
        _ context: OliverRequestContext,
        for caller: Caller
    ) async throws -> (person: Person, grants: [Grant]) {
        // First the person: grants that changed meanwhile have made another version.
        if let person = try await store.person(id: try context.id()) {
            let grants = try await store.grants(of: person.id)
            if caller.authority.seesWho(has: grants) { return (person, grants) }
        }
        throw Problem.notFound("There is no such person.")
    }
}

extension GrantAuthority {
    /// ``changing(_:to:)``, refusing with the answer to the client.
    fileprivate func replacing(_ present: [Grant], with wanted: [Grant]) throws(Problem) -> [Grant] {
        do {
            return try changing(present, to: wanted)
        } catch {
            throw error.problem
        }
    }

    /// Refuses to edit somebody who has a role above one's own.
    fileprivate func requireAbove(_ grants: [Grant]) throws(Problem) {
        _ = try replacing(grants, with: [])
    }
}

extension [Grant] {
    /// The grants as the API shows them to somebody.
    fileprivate func document(seenBy authority: GrantAuthority) -> JSONValue {
        ["grants": .array(filter { authority.sees($0) }.map(\.json))]
    }
}

extension Person {
    /// The person as the API shows them.
    fileprivate func document(_ grants: [Grant], _ users: [LinkedUser], seenBy authority: GrantAuthority) -> JSONValue {
        [
            "id": .string(id), "email": email.map { .string($0) } ?? .null, "name": .string(name),
            "provider": identity.map { .string($0.provider) } ?? .null, "password": .bool(passwordHash != nil),
            "grants": .array(grants.filter { authority.sees($0) }.map(\.json)),
            "users": .array(users.map { ["workspace": .string($0.workspace), "id": .string($0.id)] }),
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
