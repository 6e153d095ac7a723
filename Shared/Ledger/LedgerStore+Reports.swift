package import Domain

/// Reports that are views of a cube.
extension LedgerStore {
    /// All sums by two axes, the costliest lines first.
    package func cube(
        _ query: LedgerQuery,
        rows: LedgerAxis,
        columns: LedgerAxis = LedgerAxis()
    ) async throws -> LedgerCube {
        try await cube(query, rows: rows, columns: columns, rankedBy: .cost, isSingle: false)
    }

    /// Sums by a dimension, at most `limit` values (1 to 1,000) and the rest as one.
    package func breakdown(
        _ query: LedgerQuery,
        by dimension: LedgerDimension,
        limit: Int
    ) async throws -> LedgerBreakdown {
        try query.check(limit: limit, atMost: 1_000)
        let cube = try await cube(query, rows: LedgerAxis([.dimension(dimension)], limit: limit))
        let sums = cube.totals(by: \.row)
        let rows = cube.rows.enumerated().map { number, names in
            LedgerGroup(key: names.first.flatMap(\.text), totals: sums[number] ?? .zero)
        }
        return LedgerBreakdown(rows: rows, other: sums[cube.rows.count], total: cube.total)
    }

    /// Sums by time and, if wanted, by a dimension, at most `limit` values (1 to 100) and the rest as one.
    ///
    /// The query's range is replaced by that from the first to the last boundary.
    ///
    /// - Parameters:
    ///   - query: The events.
    ///   - boundaries: The starts of the intervals and the end of the last, ascending; at most 10,000.
    ///   - dimension: What to group by.
    ///   - limit: How many values at most.
    ///   - isSingle: Whether no figures are wanted but cost, events and unpriced events: the others take most of the time.
    /// - Returns: The costliest value first.
    /// - Throws: `LedgerError`, or `CancellationError`.
    package func timeseries(
        _ query: LedgerQuery,
        boundaries: [Timestamp],
        by dimension: LedgerDimension?,
        limit: Int,
        isSingle: Bool = false
    ) async throws -> [LedgerSeries] {
        let query = try query.spanning(boundaries)
        try query.check(limit: limit, atMost: 100)
        let cube = try await cube(
            query,
            rows: LedgerAxis(dimension.map { [.dimension($0)] } ?? [], limit: limit),
            columns: LedgerAxis([.time(boundaries)], limit: boundaries.count - 1),
            rankedBy: .cost,
            isSingle: isSingle
        )
        let intervals = cube.columns.map { names in names.first.flatMap(\.interval) }
        func line(_ row: Int, _ key: LedgerSeries.Key) -> LedgerSeries {
            var points = [LedgerTotals](repeating: .zero, count: boundaries.count - 1)
            for (column, interval) in intervals.enumerated() {
                guard let interval, let cell = cube.cells[.init(row: row, column: column)] else { continue }
                points[interval] = cell
            }
            return LedgerSeries(key: key, points: points)
        }
        guard dimension != nil else { return [line(0, .all)] }
        var series = cube.rows.enumerated().map { line($0, .value($1.first.flatMap(\.text))) }
        if cube.cells.keys.contains(where: { $0.row == cube.rows.count }) {
            series.append(line(cube.rows.count, .other))
        }
        return series
    }
}

extension LedgerCube.Key {
    /// The value that it names.
    package var text: String? {
        if case .value(let text) = self { text } else { nil }
    }

    /// The interval that it names.
    package var interval: Int? {
        if case .interval(let number) = self { number } else { nil }
    }
}
