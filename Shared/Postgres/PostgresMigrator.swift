package import Logging

/// Brings a database to the schema that a list of migrations describes.
///
/// Each step runs in a transaction of its own and is recorded with its checksum in `oliver_migrations`. Processes that
/// start together take turns by an advisory lock. Steps that a newer version applied are left alone, so that old and
/// new replicas run side by side.
package struct PostgresMigrator: Sendable {
    /// The key of the advisory lock: "oliver" in ASCII.
    private static let lockKey: Int64 = 0x6F_6C_69_76_65_72

    private let migrations: [Migration]
    private let configuration: PostgresConfiguration
    private let logger: Logger

    /// Describes the work; statement timeouts do not apply to migrations.
    package init(_ migrations: [Migration], configuration: PostgresConfiguration, logger: Logger) {
        self.migrations = migrations
        var configuration = configuration
        configuration.statementTimeout = .zero
        configuration.idleInTransactionTimeout = .zero
        self.configuration = configuration
        self.logger = logger
    }

    /// Applies what is missing and returns it.
    ///
    /// - Throws: `PostgresError` with code `migration` when an applied step was changed or two steps share an id;
    ///   the server's error when a step fails, which is then undone, while earlier ones stay.
    @discardableResult
    package func apply() async throws -> [Migration] {
        try await withLockedConnection { connection in
            try await connection.execute(script: Self.tableDefinition)
            let missing = try await missing(on: connection)
            for migration in missing {
                try await connection.withTransaction { try await run(migration, on: $0) }
                logger.info("migration applied", metadata: ["migration.id": "\(migration.id)"])
            }
            return missing
        }
    }

    /// The steps that are not applied yet; changes nothing.
    ///
    /// - Throws: As `apply()` does for a changed step.
    package func pending() async throws -> [Migration] {
        let connection = try await PostgresConnection.open(configuration, logger: logger)
        let table = try await connection.query("SELECT to_regclass('oliver_migrations') IS NOT NULL AS found")
        let found = try table.first?.value("found", as: Bool.self) ?? false
        let result = found ? try await missing(on: connection) : migrations
        await connection.close()
        return result
    }

    private static let tableDefinition: SQL = """
        CREATE TABLE IF NOT EXISTS oliver_migrations (
            id text PRIMARY KEY,
            name text NOT NULL,
            checksum text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now()
        )
        """

    private func withLockedConnection<Value>(
        _ body: (PostgresConnection) async throws -> Value
    ) async throws -> Value {
        let connection = try await PostgresConnection.open(configuration, logger: logger)
        do {
            _ = try await connection.query("SELECT pg_advisory_lock($1::bigint)", [.int(Self.lockKey)])
            let value = try await body(connection)
            await connection.close()
            return value
        } catch {
            // The lock ends with its connection.
            await connection.close()
            throw error
        }
    }

    private func missing(on connection: PostgresConnection) async throws -> [Migration] {
        let ids = migrations.map(\.id)
        guard Set(ids).count == ids.count else {
            throw PostgresError(.migration, "two migrations share an id")
        }
        let rows = try await connection.query(
            """
            SELECT given.id, applied.checksum IS NULL AS missing,
                applied.checksum = encode(sha256(convert_to(given.sql, 'UTF8')), 'hex') AS same
            FROM unnest($1::text[], $2::text[]) AS given (id, sql)
            LEFT JOIN oliver_migrations AS applied USING (id)
            """,
            [.textArray(ids), .textArray(migrations.map(\.sql.text))]
        )
        var missing: Set<String> = []
        for row in rows {
            let id: String = try row.value("id")
            if try row.value("missing") {
                missing.insert(id)
            } else if try row.value("same") == false {
                throw PostgresError(.migration, "migration \(id) was changed after it was applied")
            }
        }
        return migrations.filter { missing.contains($0.id) }
    }

    private func run(_ migration: Migration, on connection: PostgresConnection) async throws {
        try await connection.execute(script: migration.sql)
        _ = try await connection.query(
            """
            INSERT INTO oliver_migrations (id, name, checksum)
            VALUES ($1, $2, encode(sha256(convert_to($3, 'UTF8')), 'hex'))
            """,
            [.text(migration.id), .text(migration.name), .text(migration.sql.text)]
        )
    }
}
