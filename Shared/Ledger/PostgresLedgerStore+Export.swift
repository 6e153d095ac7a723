internal import Domain
internal import Postgres

/// Exports.
extension PostgresLedgerStore: LedgerExport {
    package func export(
        _ query: LedgerQuery,
        as format: LedgerExportFormat,
        _ body: ([UInt8]) async throws -> Void
    ) async throws {
        try query.check()
        try await mapErrors {
            try await pool.withTransaction { connection in
                // An export may take as long as its reader.
                try await connection.execute(
                    script: """
                        SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0;
                        SET LOCAL cursor_tuple_fraction = 0.01; SET LOCAL jit = off
                        """
                )
                var statement = ExportStatement(query)
                let sql = statement.copy(format)
                var writer = ExportWriter(format)
                for (name, value) in statement.settings {
                    _ = try await connection.query("SELECT set_config($1, $2, true)", [.text(name), .text(value)])
                }
                try await connection.copyOut(sql) { piece in
                    let lines = try writer.lines(of: piece)
                    if !lines.isEmpty { try await body(lines) }
                }
            }
        }
    }
}

/// Makes lines of the rows that COPY sends.
struct ExportWriter {
    private let columns: [ExportColumn]
    private var line = ExportLine()

    init(_ format: LedgerExportFormat) {
        columns = ExportColumn.all(of: format)
        for column in columns { line.text.word(column.name) }
        line.text.endLine()
    }

    /// The lines of the next rows, at first behind the header.
    mutating func lines(of piece: [UInt8]) throws(PostgresError) -> [UInt8] {
        line.row.read(piece)
        while try line.row.next() {
            for column in columns { column.write(&line) }
            line.text.endLine()
        }
        return line.text.take()
    }
}

/// Writes the statement of an export, whose parameters are settings of its transaction: COPY takes none itself.
struct ExportStatement {
    private let query: LedgerQuery
    /// Names and values of the settings.
    private(set) var settings: [(String, String)] = []

    init(_ query: LedgerQuery) {
        self.query = query
    }

    private mutating func setting(_ value: String) -> String {
        let name = "oliver.p\(settings.count)"
        settings.append((name, value))
        return "current_setting('\(name)')"
    }

    /// Texts of a setting, read once.
    private mutating func texts(_ values: [String]) -> String {
        "ARRAY(SELECT unnest(\(setting(Self.literal(values)))::text[]))"
    }

    mutating func copy(_ format: LedgerExportFormat) -> SQL {
        var conditions = [
            "e.occurred_at >= \(setting(query.from.rfc3339))::timestamptz",
            "e.occurred_at < \(setting(query.to.rfc3339))::timestamptz",
        ]
        if let names = query.workspaces {
            let number = "SELECT number FROM ledger_workspaces WHERE name"
            conditions.append(
                names.count == 1
                    ? "e.workspace = (\(number) = \(setting(names[0])))"
                    : "e.workspace = ANY(ARRAY(\(number) = ANY(\(texts(names)))))"
            )
        }
        if let before = query.recordedBefore {
            conditions.append("e.recorded_at < \(setting(before.rfc3339))::timestamptz")
        }
        for filter in query.filters {
            var column = ReportPlanner.column(filter.dimension)
            if case .tag(let key) = filter.dimension { column = "e.tags ->> \(setting(key))" }
            conditions.append("\(column) = ANY(\(texts(filter.values)))")
        }
        // What has no price is no charge; it becomes one with its correction.
        if format == .focus { conditions.append("(e.kind = 2 OR e.cost IS NOT NULL)") }
        return SQL(
            assembled: """
                COPY (
                    SELECT \(ExportField.selected)
                    FROM usage_events AS e
                    JOIN series AS s ON s.id = e.series_id
                    JOIN ledger_workspaces AS w ON w.number = e.workspace
                    WHERE \(conditions.joined(separator: " AND "))
                    ORDER BY e.workspace, e.occurred_at, e.id
                ) TO STDOUT (FORMAT binary)
                """
        )
    }

    /// An array as PostgreSQL writes it.
    static func literal(_ values: [String]) -> String {
        let quoted = values.map { value in
            "\"" + value.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined() + "\""
        }
        return "{" + quoted.joined(separator: ",") + "}"
    }
}
