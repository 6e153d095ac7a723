import Postgres
import TestSupport

extension Cluster {
    /// Has a workspace refuse calls while its counters cannot be asked.
    func failClosed(_ workspace: String) async throws {
        let pool = PostgresPool(try PostgresConfiguration(url: postgresURL), logger: .quiet)
        defer { pool.close() }
        _ = try await pool.query(
            """
            WITH next AS (UPDATE directory_version SET version = version + 1 RETURNING version)
            UPDATE workspaces SET fail_mode = 'closed', changed_version = (SELECT version FROM next) WHERE id = $1
            """,
            [.text(workspace)]
        )
        // No replica says that it is ready before it knows the directory.
        try await stop(.budget)
        try start(.budget)
        try await waitUntilReady(.budget)
    }
}
