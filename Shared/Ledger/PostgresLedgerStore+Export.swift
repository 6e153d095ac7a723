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
            // One snapshot, so that the series are those of the rows.
            try await pool.withTransaction(isolation: .repeatableRead) { connection in
                // An export may take as long as its reader.
                try await connection.execute(
                    script: """
                        SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0;
                        SET LOCAL cursor_tuple_fraction = 0.01
                        """
                )
                var writer = ExportWriter(format)
                let limit = configuration.exportSeriesLimit
                try await copy(.series(of: query, limit: limit + 1), by: connection) { try writer.addSeries(of: $0) }
                if writer.seriesCount > limit { writer.forgetSeries() }
                let rows = ExportStatement.rows(of: query, format, hasTexts: !writer.hasSeries)
                try await copy(rows, by: connection) { piece in
                    let lines = try writer.lines(of: piece)
                    if !lines.isEmpty { try await body(lines) }
                }
            }
        }
    }

    private func copy(
        _ statement: ExportStatement,
        by connection: PostgresConnection,
        _ body: ([UInt8]) async throws -> Void
    ) async throws {
        for (name, value) in statement.settings {
            _ = try await connection.query("SELECT set_config($1, $2, true)", [.text(name), .text(value)])
        }
        try await connection.copyOut(statement.sql, body)
    }
}
