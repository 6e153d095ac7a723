internal import Domain
internal import Hummingbird
internal import Ledger
internal import ServiceRuntime

/// `GET /v1/analytics/pivot`: any cut of the spend, by up to three dimensions on each side.
extension ReportRoutes {
    func pivot(_ request: Request) async throws -> Response {
        let own: Set = ["rows", "columns", "measure", "row_limit", "column_limit"]
        var report = try await report(request, own: own)
        let measure = try Self.measure(report)
        report.query.quantity = measure.quantity
        let rows = try ReportAxis(
            report.names("rows"),
            limit: try report.number("row_limit", default: 100, in: 1...LedgerAxis.lineLimit),
            parameter: "rows",
            of: report
        )
        let columns = try ReportAxis(
            report.names("columns"),
            limit: try report.number("column_limit", default: 25, in: 1...200),
            parameter: "columns",
            of: report
        )
        let groupings = rows.axis.groupings + columns.axis.groupings
        guard !groupings.isEmpty else {
            throw Problem.invalid("rows", code: "missing", detail: "names the dimensions, like rows=team,user")
        }
        guard Set(groupings).count == groupings.count else {
            throw Problem.invalid("columns", code: "duplicate", detail: "names a dimension for the second time")
        }
        let cube = try await ledger.cube(
            report.query,
            rows: rows.axis,
            columns: columns.axis,
            rankedBy: measure,
            isSingle: true
        )
        var writer = JSONWriter(reserving: 64 * (cube.cells.count + cube.rows.count) + 256)
        writer.write(cube, rows: rows, columns: columns, measure: measure)
        return .json(writer)
    }

    private static func measure(_ report: ReportRequest) throws(Problem) -> LedgerMeasure {
        guard let measure = LedgerMeasure(name: report.text("measure") ?? "cost_usd") else {
            throw .invalid(
                "measure",
                code: "unknown_value",
                detail: "must be cost_usd, events, unpriced_events or a quantity, like input_tokens or custom:<name>"
            )
        }
        return measure
    }
}

/// How a pivot looks.
extension JSONWriter {
    /// Writes lines, cells and totals; what is beyond the limits is in `other_row`, `other_column` and `other_cell`.
    mutating func write(_ cube: LedgerCube, rows: ReportAxis, columns: ReportAxis, measure: LedgerMeasure) {
        let rowTotals = cube.totals(by: \.row)
        let columnTotals = cube.totals(by: \.column)
        beginObject()
        key("rows")
        names(cube.rows.map(rows.texts))
        key("columns")
        names(cube.columns.map(columns.texts))
        key("cells")
        beginArray()
        for row in cube.rows.indices {
            figures(cube.columns.indices.map { cube.cells[.init(row: row, column: $0)] }, measure)
        }
        endArray()
        key("row_totals")
        figures(cube.rows.indices.map { rowTotals[$0] }, measure)
        key("column_totals")
        figures(cube.columns.indices.map { columnTotals[$0] }, measure)
        key("total")
        figure(cube.total, measure)
        let rest = LedgerCube.Place(row: cube.rows.count, column: cube.columns.count)
        key("other_row")
        line(cube.columns.indices.map { cube.cells[.init(row: rest.row, column: $0)] }, rowTotals[rest.row], measure)
        key("other_column")
        line(
            cube.rows.indices.map { cube.cells[.init(row: $0, column: rest.column)] },
            columnTotals[rest.column],
            measure
        )
        key("other_cell")
        figure(cube.cells[rest], measure)
        endObject()
    }

    private mutating func names(_ lines: [[String?]]) {
        beginArray()
        for line in lines {
            beginArray()
            for text in line { optional(text) }
            endArray()
        }
        endArray()
    }

    private mutating func line(_ cells: [LedgerTotals?], _ total: LedgerTotals?, _ measure: LedgerMeasure) {
        guard let total else { return null() }
        beginObject()
        key("cells")
        figures(cells, measure)
        key("total")
        figure(total, measure)
        endObject()
    }

    private mutating func figures(_ cells: [LedgerTotals?], _ measure: LedgerMeasure) {
        beginArray()
        for cell in cells { figure(cell, measure) }
        endArray()
    }

    /// Money is a string, anything else a number; where nothing happened is null.
    private mutating func figure(_ totals: LedgerTotals?, _ measure: LedgerMeasure) {
        guard let totals else { return null() }
        if measure == .cost { string(measure.text(of: totals)) } else { raw(measure.text(of: totals)) }
    }
}
