package import Access
internal import Domain
package import Hummingbird
package import Ledger
internal import PriceBook
package import PriceDesk
package import ServiceRuntime

/// `GET /v1/prices/cache-savings`: what cached tokens would have cost at full price; `GET /v1/prices/impact`: what the
/// changes of prices since the start of a range made of the spend in it.
package struct PriceInsightRoutes: Sendable {
    private let authenticator: Authenticator
    private let ledger: any LedgerCorrectionStore
    private let book: PriceBookHolder
    private let store: any PriceStore
    private let largeReads: LargeReads
    private let clock: any WallClock

    private static let pageLimit = 5_000
    /// Events that one answer looks at; beyond, it says that it is not complete.
    private static let eventLimit = 2_000_000
    /// Dimensions that can be filtered by.
    private static let dimensions = ["team", "project", "user", "source_app", "provider", "model"]

    package init(
        authenticator: Authenticator,
        ledger: any LedgerCorrectionStore,
        book: PriceBookHolder,
        store: any PriceStore,
        largeReads: LargeReads = LargeReads(),
        clock: any WallClock
    ) {
        self.authenticator = authenticator
        self.ledger = ledger
        self.book = book
        self.store = store
        self.largeReads = largeReads
        self.clock = clock
    }

    /// Adds the routes.
    package func add(to router: Router<OliverRequestContext>) {
        router.get("/v1/prices/cache-savings") { request, _ in
            try await answeringLedger {
                var query = try await query(request)
                query.cachedOnly = true
                return try await answer(query) { rows, insight in try await addUncached(rows, to: &insight) }
            }
        }
        router.get("/v1/prices/impact") { request, _ in
            try await answeringLedger {
                let query = try await query(request)
                let plans = book.edition.plans
                return try await answer(query) { rows, insight in
                    for row in rows { insight.add(row, otherwise: Self.cost(of: row, at: query.from, by: plans)) }
                }
            }
        }
    }

    private func query(_ request: Request) async throws -> LedgerScanQuery {
        let caller = try await authenticator.caller(of: request, needing: .read)
        let list = try ListRequest(request, filters: Set(Self.dimensions + ["workspace", "from", "to"]))
        let now = clock.now
        let to = try Self.time("to", list) ?? now
        let from = try Self.time("from", list) ?? to.adding(.seconds(-30 * 86_400))
        guard from < to, to.seconds - from.seconds <= 400 * 86_400 else {
            throw Problem.invalid("from", code: "out_of_range", detail: "must be before 'to', by at most 400 days")
        }
        return LedgerScanQuery(
            workspaces: try caller.shown(list["workspace"]),
            from: from,
            to: to,
            filters: Self.dimensions.compactMap { name in
                list[name].flatMap { value in LedgerDimension(name: name).map { LedgerFilter($0, [value]) } }
            }
        )
    }

    private static func time(_ name: String, _ list: ListRequest) throws(Problem) -> Timestamp? {
        guard let text = list[name] else { return nil }
        guard let time = Timestamp(query: text) else {
            throw .invalid(name, code: "invalid_format", detail: "must be a time, like 2026-11-01T00:00:00Z")
        }
        return time
    }

    private func answer(
        _ query: LedgerScanQuery,
        _ add: @escaping @Sendable ([LedgerRow], inout PriceInsight) async throws -> Void
    ) async throws -> Response {
        try await largeReads.run {
            var insight = PriceInsight()
            var cursor: LedgerScanCursor?
            var events = 0
            repeat {
                let page = try await ledger.scan(query, after: cursor, limit: Self.pageLimit)
                try await add(page.rows, &insight)
                events += page.rows.count
                cursor = page.next
            } while cursor != nil && events < Self.eventLimit
            var writer = JSONWriter(reserving: 256 * insight.models.count + 512)
            writer.write(insight, of: query, isComplete: cursor == nil)
            return .json(writer)
        }
    }

    /// By the very prices that the events were priced with.
    private func addUncached(_ rows: [LedgerRow], to insight: inout PriceInsight) async throws {
        let versions = Set(rows.map(\.current.provenance.priceVersion)).filter { $0 != 0 }
        let contents = try await store.contents(versions.sorted())
        var plans: [UInt64: PricePlan] = [:]
        for (version, content) in contents {
            do {
                plans[version] = try PricePlan(content: Array(content.utf8), zones: .calendars)
            } catch {
                throw PriceStoreError(.invalid, "The prices \(version) cannot be read.")
            }
        }
        for row in rows {
            guard var request = row.pricedRequest, let plan = plans[row.current.provenance.priceVersion] else {
                insight.add(row, otherwise: nil)
                continue
            }
            request.usage = request.usage.uncached
            insight.add(row, otherwise: plan.cost(of: request).money)
        }
    }

    /// What an event costs by the prices that held at a time; equal prices need no arithmetic.
    private static func cost(of row: LedgerRow, at time: Timestamp, by plans: PlanCache) -> Money? {
        guard let request = row.pricedRequest else { return nil }
        let event = row.priced.event
        let query = PriceQuery(
            provider: event.provider,
            model: event.model,
            request: request,
            workspace: event.identity.workspace
        )
        guard let plan = plans.plan(for: query, at: time) else { return nil }
        if plan.version == row.current.provenance.priceVersion { return row.current.money }
        return plan.cost(of: request).money
    }
}

extension JSONWriter {
    fileprivate mutating func write(_ insight: PriceInsight, of query: LedgerScanQuery, isComplete: Bool) {
        beginObject()
        member("from", query.from.rfc3339)
        member("to", query.to.rfc3339)
        key("rows")
        beginArray()
        for (model, sums) in insight.rows.prefix(1_000) {
            beginObject()
            member("provider", model.provider)
            member("model", model.model)
            members(sums, isCaching: query.cachedOnly)
            endObject()
        }
        endArray()
        key("total")
        beginObject()
        members(insight.total, isCaching: query.cachedOnly)
        endObject()
        member("unknown_events", insight.unknownEvents)
        key("complete")
        bool(isComplete)
        endObject()
    }

    private mutating func members(_ sums: PriceInsight.Sums, isCaching: Bool) {
        member("events", sums.events)
        member("cost_usd", sums.cost.usd)
        if isCaching {
            member("cache_read_tokens", sums.cacheReadTokens)
            member("cache_write_tokens", sums.cacheWriteTokens)
            member("full_price_usd", sums.otherwise.usd)
            member("saved_usd", (sums.otherwise - sums.cost).usd)
        } else {
            member("cost_at_old_prices_usd", sums.otherwise.usd)
            member("impact_usd", (sums.cost - sums.otherwise).usd)
        }
    }
}
