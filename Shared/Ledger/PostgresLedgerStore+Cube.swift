internal import Postgres

/// Sums by two axes.
extension PostgresLedgerStore {
    package func cube(
        _ query: LedgerQuery,
        rows: LedgerAxis,
        columns: LedgerAxis,
        rankedBy measure: LedgerMeasure,
        isSingle: Bool
    ) async throws -> LedgerCube {
        try query.check(axes: [rows, columns])
        return try await mapErrors {
            let statement = ReportPlanner.cube(query, rows: rows, columns: columns, by: measure, isSingle: isSingle)
            let result = try await pool.query(statement.query.sql, statement.query.values)
            try note(statement.plan, result)
            var cube = LedgerCube()
            // They come by row, then by column: rows are named as they come, columns are sorted at the end.
            var names: [Int: [LedgerCube.Key]] = [:]
            for row in result {
                let place = LedgerCube.Place(
                    row: try row.value("row_line") - 1,
                    column: try row.value("column_line") - 1
                )
                if place.row < rows.limit, place.row == cube.rows.count {
                    cube.rows.append(try rows.keys(of: row, "r"))
                }
                if place.column < columns.limit, names[place.column] == nil {
                    names[place.column] = try columns.keys(of: row, "c")
                }
                cube.cells[place] = try LedgerTotals(row, hasAll: !isSingle, quantity: measure.quantity != nil)
            }
            cube.columns = names.sorted { $0.key < $1.key }.map(\.value)
            return cube
        }
    }

    /// Tells what a report was made from.
    func note(_ plan: ReportPlan, _ result: PostgresResult) throws {
        let first = result.first
        LedgerSources.note(
            plan.sources(
                closed: try first?.value("closed_periods") ?? 0,
                open: try first?.value("open_periods") ?? 1
            )
        )
    }
}

extension LedgerAxis {
    /// The name of a line.
    fileprivate func keys(of row: PostgresRow, _ letter: String) throws -> [LedgerCube.Key] {
        try groupings.enumerated().map { place, grouping in
            if grouping.isTime { return .interval(try row.value("\(letter)\(place)") - 1) }
            let marked: String = try row.value("\(letter)\(place)")
            return .value(marked.isEmpty ? nil : String(marked.dropFirst()))
        }
    }
}

extension LedgerTotals {
    /// Reads the sums of a report, all or those that it has.
    init(_ row: PostgresRow, hasAll: Bool, quantity: Bool) throws {
        if hasAll {
            try self.init(row)
        } else {
            self.init(
                cost: try row.value("cost"),
                events: try row.value("events"),
                unpricedEvents: try row.value("unpriced_events"),
                quantityMillionths: quantity ? try row.value("quantity") : 0
            )
        }
    }
}
