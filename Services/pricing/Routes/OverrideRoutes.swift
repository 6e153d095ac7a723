package import Access
internal import Domain
package import Hummingbird
internal import PriceBook
package import PriceDesk
package import ServiceRuntime

/// `/v1/prices/overrides`: rates that administrators set.
package struct OverrideRoutes: Sendable {
    private let authenticator: Authenticator
    private let store: any PriceStore
    private let cache: PriceCache
    private let hasWorkspace: @Sendable (String) async -> Bool
    private let clock: any WallClock

    private static let path = "/v1/prices/overrides"

    /// Makes the routes; `hasWorkspace` tells whether there is a workspace with an id.
    package init(
        authenticator: Authenticator,
        store: any PriceStore,
        cache: PriceCache,
        hasWorkspace: @escaping @Sendable (String) async -> Bool,
        clock: any WallClock
    ) {
        self.authenticator = authenticator
        self.store = store
        self.cache = cache
        self.hasWorkspace = hasWorkspace
        self.clock = clock
    }

    /// Adds the routes.
    package func add(to router: Router<OliverRequestContext>) {
        router.get(RouterPath(Self.path)) { request, _ in try await list(request) }
        router.post(RouterPath(Self.path), use: create)
        let one = RouterPath(Self.path + "/:id")
        router.get(one) { request, context in
            try await get(request, context.parameters.get("id"))
        }
        router.delete(one, use: end)
    }

    /// When an override holds, as a filter.
    private enum Phase: String, CaseIterable {
        case active, scheduled, ended

        init(of price: StoredPrice, at now: Timestamp) {
            if price.holds(at: now) {
                self = .active
            } else {
                let isComing = !price.isWithdrawn && (price.entry.validFrom.map { $0 > now } ?? false)
                self = isComing ? .scheduled : .ended
            }
        }
    }

    private func list(_ request: Request) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .read)
        let query = try ListRequest(request, filters: ["workspace", "provider", "search", "state"])
        let phase = try query.choice("state", of: Phase.self)
        let before = try query.idBefore() ?? .max
        let search = query["search"]?.lowercased()
        if query["workspace"] != nil { _ = try caller.named(query["workspace"]) }
        // What this or another replica has just written is to be seen.
        try await cache.load()
        let now = clock.now
        let found = cache.current.stored.reversed().filter { price in
            price.version.source == .override && price.version.id < before && price.isVisible(to: caller)
                && (query["workspace"].map { $0 == price.version.workspace } ?? true)
                && (query["provider"].map { $0.lowercased() == price.entry.provider } ?? true)
                && (search.map { price.entry.key.lowercased().contains($0) } ?? true)
                && (phase.map { $0 == Phase(of: price, at: now) } ?? true)
        }
        return query.answer(found, cursor: { String($0.version.id) }) { $0.write($1) }
    }

    private func get(_ request: Request, _ id: String?) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .read)
        try await cache.load()
        return .json(Self.body(of: try find(id, for: caller)))
    }

    private func create(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .prices)
        let body = try await request.json()
        let now = clock.now
        let wanted = try OverrideRequest(body, now: now)
        let workspace = try await workspace(naming: wanted.workspace, caller)
        let override = NewOverride(
            workspace: workspace,
            entry: wanted.entry,
            author: caller.author(in: context).naming(wanted.author),
            reason: wanted.reason
        )
        let stored = try await store.create(override, at: now)
        try await cache.load()
        let location = "\(Self.path)/\(stored.version.id)"
        return .json(Self.body(of: stored), status: .created, headers: [.location: location])
    }

    private func end(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .prices)
        try await cache.load()
        let known = try find(context.parameters.get("id"), for: caller)
        guard caller.reaches(known.version.workspace) else { throw AccessRefusal.workspace.problem }
        let ended = try await store.endOverride(
            known.version.id,
            by: caller.author(in: context),
            at: clock.now
        )
        try await cache.load()
        return .json(Self.body(of: ended))
    }

    private func find(_ id: String?, for caller: Caller) throws(Problem) -> StoredPrice {
        let number = id.flatMap { Int64($0) } ?? 0
        let found = cache.current.stored.first { $0.version.id == number }
        guard let found, found.version.source == .override, found.isVisible(to: caller) else {
            throw .notFound("There is no such override.")
        }
        return found
    }

    /// The workspace that an override is for; a key that is bound to one makes overrides for that one only.
    private func workspace(naming requested: String?, _ caller: Caller) async throws -> String? {
        let workspace = try caller.named(requested)
        if let workspace, await !hasWorkspace(workspace) {
            throw Problem.invalid("workspace", code: "unknown_value", detail: "there is no such workspace")
        }
        return workspace
    }

    private static func body(of price: StoredPrice) -> JSONWriter {
        var writer = JSONWriter(reserving: 512)
        writer.write(price)
        return writer
    }
}
