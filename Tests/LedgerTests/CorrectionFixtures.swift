import Domain
import Ledger
import Testing

/// A time after all that the tests record first.
let later = testDay.adding(.seconds(40 * 86_400))

/// A lease that nobody else wants.
let lease = LedgerLease(owner: "test", until: later.adding(.seconds(3_600)))

/// A request over everything.
func makeRequest(
    _ key: String,
    kind: LedgerJob.Kind = .repricing,
    workspace: String? = nil,
    filters: [LedgerFilter] = [],
    unpricedOnly: Bool = false
) -> LedgerJobRequest {
    LedgerJobRequest(
        key: key,
        kind: kind,
        workspace: workspace,
        query: LedgerScanQuery(
            from: everything().from,
            to: everything().to,
            filters: filters,
            unpricedOnly: unpricedOnly
        ),
        parameters: ["quantity": "seconds"],
        reason: "a wrong price",
        author: "ada",
        priceBook: "book-7"
    )
}

/// A cost by a later price; `nil` has no price.
func makeCost(_ picoDollars: Int64?, state: CostState? = nil, open: [UnpricedQuantity] = []) -> Cost {
    Cost(
        state: state ?? (picoDollars == nil ? .unpriced : .priced),
        money: picoDollars.map { Money(picoDollars: $0) },
        unpriced: open,
        provenance: Provenance(
            source: .override,
            priceVersion: 42,
            key: "gpt-4o-mini",
            rules: [PriceRules(.basicTokens), PriceRules(.cacheRead)],
            flags: CostFlags(.priceBackdated),
            multiplier: 1_100_000_000_000,
            startVolume: 5_000_000
        )
    )
}

extension LedgerCorrectionStore {
    /// Takes a job over and does all of it, as a driver would.
    func drive(
        _ job: LedgerJob,
        limit: Int = 100,
        at now: Timestamp = later,
        price: (LedgerRow) -> Cost?
    ) async throws -> LedgerJob {
        var job = try await self.job(job.id) ?? job
        if job.state == .pending { job = try #require(try await claimJob([job.request.kind], lease: lease, at: now)) }
        while job.state == .running {
            if job.request.kind == .reversal {
                job = try await reverse(job, limit: limit, lease: lease, at: now)
            } else {
                let page = try await scan(job.query, after: job.cursor, limit: limit)
                let step = LedgerStep(page: page, costs: page.rows.map(price))
                job = try await apply(step, to: job, lease: lease, at: now)
            }
        }
        return job
    }

    /// Creates a job and does all of it.
    func run(
        _ request: LedgerJobRequest,
        limit: Int = 100,
        at now: Timestamp = later,
        price: (LedgerRow) -> Cost? = { _ in nil }
    ) async throws -> LedgerJob {
        try await drive(try await createJob(request, at: now), limit: limit, at: now, price: price)
    }

    /// All rows of a scan, page by page.
    func scanAll(_ query: LedgerScanQuery, limit: Int) async throws -> [LedgerRow] {
        var rows: [LedgerRow] = []
        var cursor: LedgerScanCursor?
        repeat {
            let page = try await scan(query, after: cursor, limit: limit)
            rows += page.rows
            cursor = page.next
        } while cursor != nil
        return rows
    }
}

extension LedgerStore {
    /// All rows of the list, newest first.
    func list(_ query: LedgerQuery = everything()) async throws -> [LedgerRow] {
        var rows: [LedgerRow] = []
        var cursor: LedgerCursor?
        repeat {
            let page = try await usage(query, limit: 200, after: cursor)
            rows += page.rows
            cursor = page.next
        } while cursor != nil
        return rows
    }

    /// The outbox of all partitions.
    func wholeOutbox() async throws -> [OutboxEntry] {
        var entries: [OutboxEntry] = []
        for partition in 0..<16 { entries += try await outbox(partition: partition, after: 0, limit: 10_000) }
        return entries
    }

    /// Expects rows, rollups and the list to agree, and returns the sums.
    @discardableResult
    func expectAgreement(_ sourceLocation: SourceLocation = #_sourceLocation) async throws -> LedgerTotals {
        let totals = try await totals(everything(source: .events))
        #expect(try await self.totals(everything(source: .rollups)) == totals, sourceLocation: sourceLocation)
        let rows = try await list()
        let sum = rows.reduce(into: MoneySum.zero) { $0 += $1.current.money ?? .zero }
        #expect(sum == totals.cost, sourceLocation: sourceLocation)
        let unpriced = rows.filter { $0.current.money == nil }.count
        #expect(Int64(unpriced) == totals.unpricedEvents, sourceLocation: sourceLocation)
        return totals
    }
}

/// Expects a refusal with a code.
func expectError<Value>(
    _ code: LedgerError.Code,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Value
) async throws {
    do {
        _ = try await body()
        Issue.record("should be refused", sourceLocation: sourceLocation)
    } catch let error as LedgerError {
        #expect(error.code == code, sourceLocation: sourceLocation)
    }
}
