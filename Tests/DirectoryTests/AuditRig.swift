import Directory
import Domain
import Postgres
import ServiceRuntime
import TestSupport

/// The audit log in a fresh database.
struct AuditRig: Sendable {
    let pool: PostgresPool
    let now = Timestamp(seconds: 1_800_000_000)
    let ann = Author(.person, id: "p-1", name: "Ann", address: "192.0.2.7", requestID: "req-1")

    var log: AuditLog { AuditLog(pool: pool) }

    static func with(_ body: @escaping @Sendable (AuditRig) async throws -> Void) async throws {
        try await withPostgres { url in
            let configuration = try PostgresConfiguration(url: url)
            _ = try await PostgresMigrator(Directory.migrations, configuration: configuration, logger: .quiet).apply()
            let pool = PostgresPool(configuration, logger: .quiet)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await pool.run() }
                try await body(AuditRig(pool: pool))
                group.cancelAll()
            }
        }
    }

    func write(_ entries: [AuditEntry]) async throws {
        try await pool.withTransaction { connection in
            try await Directory.audit(entries, at: now, in: connection)
        }
    }

    /// An entry that tells of a user, with all parts set.
    func entry(_ number: Int, workspace: String? = "acme") -> AuditEntry {
        let subject = AuditSubject.user("u-\(number)", in: workspace ?? "")
        return AuditEntry(
            workspace: workspace,
            author: ann,
            action: "user.update",
            target: AuditEntry.Target("user", "u-\(number)", subject: subject),
            before: ["id": .string("u-\(number)"), "name": "Old", "team": "growth"],
            after: [
                "id": .string("u-\(number)"), "name": "New", "team": "core", "tags": [.string("u-\(number)"), "x"],
            ],
            personal: [
                AuditEntry.Personal("id", of: subject), AuditEntry.Personal("name", of: subject),
                AuditEntry.Personal("tags.0", of: subject),
            ]
        )
    }

    func write(chainOf count: Int, workspace: String? = "acme") async throws {
        for number in 1...count { try await write([entry(number, workspace: workspace)]) }
    }

    /// Does by hand what the trigger refuses, as somebody would who owns the database.
    func tamper(_ statements: SQL...) async throws {
        try await pool.withTransaction { connection in
            _ = try await connection.query("ALTER TABLE audit_log DISABLE TRIGGER audit_log_is_append_only")
            for statement in statements { _ = try await connection.query(statement) }
            _ = try await connection.query("ALTER TABLE audit_log ENABLE TRIGGER audit_log_is_append_only")
        }
    }

    func count(_ sql: SQL, _ values: [PostgresValue] = []) async throws -> Int64 {
        try await pool.query(sql, values).first?.value("n") ?? -1
    }
}
