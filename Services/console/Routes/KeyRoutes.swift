package import Access
package import Directory
internal import Domain
internal import HTTPTypes
package import Hummingbird
package import ServiceRuntime

/// `/v1/api-keys`: what programs authenticate with.
///
/// A raw key is shown once, in the answer that makes it.
package struct KeyRoutes: Sendable {
    private let authenticator: Authenticator
    private let store: any DirectoryStore
    private let administration: KeyAdministration
    private let refresh: @Sendable () async -> Void
    private let clock: any WallClock

    private static let path = "/v1/api-keys"
    private static let standardGrace = 86_400

    /// Makes the routes; `refresh` brings this replica's own copy up to date after a change.
    package init(
        authenticator: Authenticator,
        store: any DirectoryStore,
        administration: KeyAdministration,
        refresh: @escaping @Sendable () async -> Void,
        clock: any WallClock
    ) {
        self.authenticator = authenticator
        self.store = store
        self.administration = administration
        self.refresh = refresh
        self.clock = clock
    }

    /// Adds the routes.
    package func add(to router: Router<OliverRequestContext>) {
        router.get(RouterPath(Self.path)) { request, _ in try await list(request) }
        router.post(RouterPath(Self.path), use: create)
        let one = RouterPath(Self.path + "/:id")
        router.get(one) { request, context in
            let (key, _) = try await find(request, context)
            return Response.object(key.document(), version: key.version)
        }
        router.patch(one, use: edit)
        router.post(RouterPath(Self.path + "/:id/rotate"), use: rotate)
        router.post(RouterPath(Self.path + "/:id/revoke"), use: revoke)
    }

    private enum State: String, CaseIterable {
        case active, revoked, expired
    }

    private func list(_ request: Request) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .keys)
        let query = try ListRequest(request, filters: ["workspace", "q", "state"])
        let workspaces = try caller.listed(query["workspace"])
        let state = try query.choice("state", of: State.self)
        let search = query["q"]?.lowercased()
        let now = clock.now
        let start = try query.place()
        let found = try await store.keys().filter { key in
            (workspaces.map { key.workspace.map($0.contains) ?? false } ?? true)
                && (state.map { $0 == Self.state(of: key, at: now) } ?? true)
                && (search.map { key.matches($0) } ?? true)
                && (start.map { key.place < $0 } ?? true)
        }
        return query.answer(found, cursor: \.place.text) { $0.value($1.document()) }
    }

    private static func state(of key: APIKey, at now: Timestamp) -> State {
        key.revokedAt != nil ? .revoked : key.isActive(at: now) ? .active : .expired
    }

    private func create(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .keys)
        let wanted = try NewKeyRequest(try await request.json(), now: clock.now)
        let workspace = try caller.named(wanted.workspace)
        try caller.requireMayGive(wanted.scopes, in: workspace)
        let made: (key: APIKey, raw: RawKey)
        do {
            made = try await administration.create(
                name: wanted.name,
                scopes: wanted.scopes,
                workspace: workspace,
                sourceApp: wanted.sourceApp,
                createdBy: caller.author(in: context),
                expiresAt: wanted.expiresAt
            )
        } catch let error as DirectoryError where error.code == .notFound {
            throw Problem.invalid("workspace", code: "unknown_value", detail: "there is no such workspace")
        }
        await refresh()
        return .object(
            made.key.document(showing: made.raw),
            version: made.key.version,
            created: "\(Self.path)/\(made.key.id)"
        )
    }

    private func edit(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        let (key, caller) = try await find(request, context)
        let expected = try request.requiredVersion()
        var fields = FieldReader(try await request.json(), known: ["name", "scopes", "workspace", "source_app"])
        fields.fix(["scopes", "workspace", "source_app"])
        let name = fields.name("name")
        guard fields.faults.isEmpty else { throw Problem.invalid(fields.faults) }
        guard let name else { return .object(key.document(), version: key.version) }
        let changed = try await administration.rename(
            id: key.id,
            to: name,
            by: caller.author(in: context),
            expecting: expected
        )
        await refresh()
        return .object(changed.document(), version: changed.version)
    }

    private func rotate(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        let (key, caller) = try await find(request, context)
        // The new secret is told to the caller, who could use it.
        try caller.requireMayGive(key.scopes, in: key.workspace)
        var fields = FieldReader(try await request.jsonIfAny(), known: ["grace_seconds"])
        let grace = fields.number("grace_seconds") ?? Self.standardGrace
        if grace < 0 || .seconds(grace) > KeyAdministration.longestGrace {
            fields.fault("grace_seconds", "out_of_range", "must be 0 to 2592000")
        }
        guard fields.faults.isEmpty else { throw Problem.invalid(fields.faults) }
        let made = try await administration.rotate(
            id: key.id,
            grace: .seconds(grace),
            by: caller.author(in: context),
            expecting: try request.expectedVersion()
        )
        await refresh()
        return .object(made.key.document(showing: made.raw), version: made.key.version)
    }

    private func revoke(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        let (key, caller) = try await find(request, context)
        let revoked = try await administration.revoke(
            id: key.id,
            by: caller.author(in: context),
            expecting: try request.expectedVersion()
        )
        await refresh()
        return .object(revoked.document(), version: revoked.version)
    }

    /// The key of a request, when its caller may know of it.
    private func find(_ request: Request, _ context: OliverRequestContext) async throws -> (APIKey, Caller) {
        let caller = try await authenticator.caller(of: request, needing: .keys)
        guard let key = try await store.key(try context.id()), caller.reaches(key.workspace) else {
            throw Problem.notFound("There is no such API key.")
        }
        return (key, caller)
    }
}

/// The body of `POST /v1/api-keys`.
private struct NewKeyRequest {
    let name: String
    let sourceApp: String
    let workspace: String?
    let scopes: Scopes
    let expiresAt: Timestamp?

    init(_ body: JSONValue, now: Timestamp) throws(Problem) {
        var fields = FieldReader(body, known: ["name", "source_app", "workspace", "scopes", "expires_at"])
        name = fields.required("name")
        sourceApp = fields.required("source_app")
        workspace = fields.name("workspace")
        expiresAt = fields.time("expires_at")
        if let expiresAt, expiresAt <= now { fields.fault("expires_at", "out_of_range", "must be in the future") }
        scopes = fields.scopes("scopes") ?? .standard
        guard fields.faults.isEmpty else { throw .invalid(fields.faults) }
    }
}

extension APIKey {
    fileprivate var place: AgeCursor { AgeCursor(createdAt: createdAt, id: id) }

    fileprivate func matches(_ search: String) -> Bool {
        [id, name, prefix, sourceApp].contains { $0.lowercased().contains(search) }
    }
}

extension FieldReader {
    fileprivate mutating func scopes(_ name: String) -> Scopes? {
        guard let value = self[name] else { return nil }
        let names = value.list?.map(\.text)
        guard let names, !names.contains(nil), let scopes = Scopes(names: names.compactMap(\.self)), !scopes.isEmpty
        else {
            let all = Scopes.named.map(\.name).joined(separator: ", ")
            fault(name, "unknown_value", "must be a list of some of \(all)")
            return nil
        }
        return scopes
    }
}

extension Caller {
    /// Makes sure that the caller may do themselves, in the same place, all that a key with these scopes may.
    ///
    /// - Throws: A 403 problem.
    fileprivate func requireMayGive(_ scopes: Scopes, in workspace: String?) throws(Problem) {
        for (name, permission) in Permission.named where scopes.permissions.isSuperset(of: permission) {
            let reach = reach(for: permission)
            let isAllowed = workspace.map { reach.teams(of: $0) == .all } ?? reach.isEverywhere
            guard isAllowed else {
                throw .forbidden("A key cannot do more than who makes it: the permission \"\(name)\" is missing here.")
            }
        }
    }
}
