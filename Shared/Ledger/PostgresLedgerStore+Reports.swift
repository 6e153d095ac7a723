internal import Domain
internal import Postgres

/// Sums.
extension PostgresLedgerStore {
    package func totals(_ query: LedgerQuery) async throws -> LedgerTotals {
        try query.check()
        return try await mapErrors {
            let statement = ReportPlanner.totals(query)
            let rows = try await pool.query(statement.query.sql, statement.query.values)
            try note(statement.plan, rows)
            return try rows.first.map { try LedgerTotals($0) } ?? .zero
        }
    }
}

extension LedgerTotals {
    init(_ row: PostgresRow) throws {
        self.init(
            cost: try row.value("cost"),
            events: try row.value("events"),
            unpricedEvents: try row.value("unpriced_events"),
            inputTokens: try row.value("input_tokens"),
            outputTokens: try row.value("output_tokens"),
            cacheReadTokens: try row.value("cache_read_tokens"),
            cacheWriteTokens: try row.value("cache_write_tokens"),
            reasoningTokens: try row.value("reasoning_tokens"),
            quantityMillionths: try row.value("quantity")
        )
    }
}

extension LedgerQuery {
    /// The most workspaces, filters or values of a filter that a query may name.
    static let maximumNames = 1_000

    /// Refuses what cannot be answered or would be too large.
    func check(limit: Int = 1, atMost maximum: Int = 1) throws {
        guard from <= to else { throw LedgerError(.invalidQuery, "the range ends before it starts") }
        guard (1...maximum).contains(limit) else {
            throw LedgerError(.invalidQuery, "the limit is 1 to \(maximum)")
        }
        let names = [workspaces?.count ?? 0, filters.count] + filters.map(\.values.count)
        guard names.allSatisfy({ $0 <= Self.maximumNames }) else {
            throw LedgerError(.invalidQuery, "at most \(Self.maximumNames) values in a filter")
        }
        guard source != .rollups || (from.isOnGrain && to.isOnGrain && !filters.contains { $0.dimension.isTag }) else {
            throw LedgerError(.invalidQuery, "rollups know neither tags nor parts of a quarter of an hour")
        }
        guard source != .rollups || recordedBefore == nil else {
            throw LedgerError(.invalidQuery, "rollups know no past view")
        }
    }

    /// The same query over the range that boundaries span.
    func spanning(_ boundaries: [Timestamp]) throws -> LedgerQuery {
        guard let first = boundaries.first, let last = boundaries.last, boundaries.count >= 2,
            boundaries.count <= 10_001
        else { throw LedgerError(.invalidQuery, "a series has 1 to 10,000 intervals") }
        guard zip(boundaries, boundaries.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw LedgerError(.invalidQuery, "the intervals do not ascend")
        }
        var copy = self
        copy.from = first
        copy.to = last
        return copy
    }
}
