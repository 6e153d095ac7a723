package import Domain
internal import Postgres

/// Sums.
extension PostgresLedgerStore {
    package func totals(_ query: LedgerQuery) async throws -> LedgerTotals {
        try query.check()
        return try await mapErrors {
            let plan = ReportPlanner.totals(query)
            let rows = try await pool.query(plan.sql, plan.values)
            return try rows.first.map { try LedgerTotals($0) } ?? .zero
        }
    }

    package func breakdown(
        _ query: LedgerQuery,
        by dimension: LedgerDimension,
        limit: Int
    ) async throws -> LedgerBreakdown {
        try query.check(limit: limit, atMost: 1_000)
        return try await mapErrors {
            let plan = ReportPlanner.groups(query, by: dimension, limit: limit)
            var result = LedgerBreakdown(rows: [], other: nil, total: .zero)
            for row in try await pool.query(plan.sql, plan.values) {
                let totals = try LedgerTotals(row)
                result.total += totals
                switch try LedgerSeries.Key(row) {
                case .other: result.other = totals
                case .value(let key): result.rows.append(LedgerGroup(key: key, totals: totals))
                case .all: break
                }
            }
            return result
        }
    }

    package func timeseries(
        _ query: LedgerQuery,
        boundaries: [Timestamp],
        by dimension: LedgerDimension?,
        limit: Int
    ) async throws -> [LedgerSeries] {
        let query = try query.spanning(boundaries)
        try query.check(limit: limit, atMost: 100)
        return try await mapErrors {
            let plan = ReportPlanner.groups(query, by: dimension, boundaries: boundaries, limit: limit)
            let empty = [LedgerTotals](repeating: .zero, count: boundaries.count - 1)
            var series: [LedgerSeries] = []
            for row in try await pool.query(plan.sql, plan.values) {
                let key: LedgerSeries.Key = dimension == nil ? .all : try LedgerSeries.Key(row)
                if series.last?.key != key { series.append(LedgerSeries(key: key, points: empty)) }
                let slot: Int = try row.value("slot")
                guard empty.indices.contains(slot - 1) else { continue }
                series[series.count - 1].points[slot - 1] = try LedgerTotals(row)
            }
            if dimension == nil, series.isEmpty { series = [LedgerSeries(key: .all, points: empty)] }
            return series
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

extension LedgerSeries.Key {
    init(_ row: PostgresRow) throws {
        if try row.value("is_other") {
            self = .other
        } else {
            self = .value(try row.value("no_key") ? nil : row.value("key", as: String.self))
        }
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
