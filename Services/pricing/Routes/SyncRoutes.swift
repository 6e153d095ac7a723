package import Access
internal import Domain
package import Hummingbird
internal import PriceBook
package import PriceDesk
package import ServiceRuntime

/// Syncs of the price map, and the changes that people decide about.
package struct SyncRoutes: Sendable {
    private let authenticator: Authenticator
    private let store: any PriceStore
    private let cache: PriceCache
    private let sync: PriceSync
    private let clock: any WallClock

    package init(
        authenticator: Authenticator,
        store: any PriceStore,
        cache: PriceCache,
        sync: PriceSync,
        clock: any WallClock
    ) {
        self.authenticator = authenticator
        self.store = store
        self.cache = cache
        self.sync = sync
        self.clock = clock
    }

    /// Adds the routes.
    package func add(to router: Router<OliverRequestContext>) {
        router.post("/v1/prices/sync", use: syncNow)
        router.get("/v1/prices/syncs") { request, _ in try await syncs(request) }
        router.get("/v1/prices/changes") { request, _ in try await changes(request) }
        for (verb, isApproved) in [("approve", true), ("reject", false)] {
            router.post(RouterPath("/v1/prices/changes/:id/\(verb)")) { request, context in
                try await decide(request, context, isApproved: isApproved)
            }
        }
    }

    private func syncNow(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .prices)
        // The map prices all workspaces: who may change the prices of some only must not decide about it.
        try caller.requireEverywhere()
        do {
            var writer = JSONWriter()
            writer.write(try await sync.sync(.manual, requestedBy: caller.author(in: context)))
            return .json(writer)
        } catch PriceSync.Refusal.off {
            throw Problem.conflict("Syncs are switched off by this installation's settings.")
        } catch is PriceSync.Refusal {
            throw Problem.conflict("A sync is under way: GET /v1/prices/syncs shows how it ends.")
        }
    }

    private func syncs(_ request: Request) async throws -> Response {
        _ = try await authenticator.caller(of: request, needing: .read)
        let query = try ListRequest(request, filters: [])
        // One more than asked for tells whether there is a next page.
        let found = try await store.syncs(before: try query.idBefore(), limit: query.limit + 1)
        return query.answer(found, cursor: { String($0.id) }) { $0.write($1) }
    }

    private func changes(_ request: Request) async throws -> Response {
        _ = try await authenticator.caller(of: request, needing: .read)
        let query = try ListRequest(request, filters: ["state"])
        let found = try await store.priceChanges(
            try query.choice("state", of: PriceChange.State.self),
            before: try query.idBefore(),
            limit: query.limit + 1
        )
        return try query.answer(found, cursor: { String($0.id) }) { try $0.write($1) }
    }

    private func decide(
        _ request: Request,
        _ context: OliverRequestContext,
        isApproved: Bool
    ) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .prices)
        // The map prices all workspaces: who may change the prices of some only must not decide about it.
        try caller.requireEverywhere()
        var fields = FieldReader(try await request.jsonIfAny(), known: ["by", "note"])
        let decision = PriceDecision(
            changeID: context.parameters.get("id").flatMap { Int64($0) } ?? 0,
            isApproved: isApproved,
            by: caller.author(in: context).naming(fields.name("by")),
            note: fields.name("note", limit: 1_000)
        )
        guard fields.faults.isEmpty else { throw Problem.invalid(fields.faults) }
        let change = try await store.decide(decision, at: clock.now)
        try await cache.load()
        var writer = JSONWriter(reserving: 1_024)
        try writer.write(change)
        return .json(writer)
    }
}
