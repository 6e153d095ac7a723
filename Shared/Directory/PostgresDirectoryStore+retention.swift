internal import Postgres

/// How long workspaces keep their events.
extension PostgresDirectoryStore {
    /// The whole months before the present one for which workspaces keep events, of those that say so.
    package func retentionMonths() async throws -> [String: Int] {
        try await DirectoryError.translating {
            let rows = try await pool.query(
                "SELECT id, retention_months FROM workspaces WHERE retention_months IS NOT NULL"
            )
            let pairs = try rows.map {
                (try $0.value("id", as: String.self), Int(try $0.value("retention_months", as: Int16.self)))
            }
            return Dictionary(pairs) { first, _ in first }
        }
    }
}
