import Access
import Directory
import Domain
import Logging
import Postgres
import TestSupport
import Testing

/// Runs a body with a store in a fresh database.
private func withStore(_ body: @escaping @Sendable (DirectoryStoreContract, PostgresPool) async throws -> Void)
    async throws
{
    try await withPostgres { url in
        let configuration = try PostgresConfiguration(url: url)
        _ = try await PostgresMigrator(Directory.migrations, configuration: configuration, logger: .quiet).apply()
        let pool = PostgresPool(configuration, logger: .quiet)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await pool.run() }
            try await body(DirectoryStoreContract(store: PostgresDirectoryStore(pool: pool)), pool)
            group.cancelAll()
        }
    }
}

@Suite(.timeLimit(.minutes(2))) struct PostgresDirectoryStoreTests {
    @Test func `keeps workspaces`() async throws {
        try await withStore { contract, _ in try await contract.keepsWorkspaces() }
    }

    @Test func `keeps keys and revokes them once`() async throws {
        try await withStore { contract, _ in try await contract.keepsKeys() }
    }

    @Test func `counts changes so that a copy loads only those`() async throws {
        try await withStore { contract, _ in try await contract.countsChanges() }
    }

    @Test func `writes uses without a new version`() async throws {
        try await withStore { contract, _ in try await contract.writesUses() }
    }

    @Test func `creates, updates and leaves alone what is upserted`() async throws {
        try await withStore { contract, _ in try await contract.upserts() }
    }

    @Test func `makes mirrors once and never renames`() async throws {
        try await withStore { contract, _ in try await contract.mirrors() }
    }

    @Test func `makes the first workspace and key once`() async throws {
        try await withStore { contract, _ in try await contract.bootstraps() }
    }

    @Test func `rotates keys with a grace`() async throws {
        try await withStore { contract, _ in try await contract.rotatesKeys() }
    }

    @Test func `edits from a version`() async throws {
        try await withStore { contract, _ in try await contract.editsFromAVersion() }
    }

    @Test func `tells the audit log of each change, once`() async throws {
        try await withStore { contract, pool in
            try await contract.audits {
                let log = AuditLog(pool: pool)
                #expect(try await log.verify("acme").flaw == nil)
                return try await log.page(AuditQuery(), .oldestFirst, limit: 100).map(\.action)
            }
        }
    }

    @Test func `gives each change its version at any concurrency`() async throws {
        try await withStore { contract, _ in try await contract.hasOneVersionPerChangeAtAnyConcurrency() }
    }

    @Test func `makes overlapping mirrors from many transactions without a deadlock`() async throws {
        try await withStore { contract, pool in
            try await withThrowingDiscardingTaskGroup { group in
                for batch in 0..<8 {
                    group.addTask {
                        var mirrors = Mirrors()
                        for index in 0..<200 {
                            let user = "u-\((index * 7 + batch * 31) % 250)"
                            mirrors.add(
                                workspace: "acme",
                                team: "t-\(index % 9)",
                                project: "p-\(index % 13)",
                                user: user
                            )
                        }
                        let complete = mirrors
                        try await pool.withTransaction { connection in
                            try await Directory.ensure(complete, at: contract.now, on: connection)
                        }
                    }
                }
            }
            let rows = try await pool.query("SELECT count(*) AS n FROM users")
            #expect(try rows.first?.value("n", as: Int64.self) == 250)
        }
    }

    @Test func `stores no raw key`() async throws {
        try await withStore { contract, pool in
            let administration = KeyAdministration(store: contract.store)
            let raw = try #require(try await administration.bootstrap())
            let rows = try await pool.query(
                "SELECT count(*) AS n FROM api_keys k WHERE k::text LIKE '%' || $1 || '%'",
                [
                    .text(String(raw.text.dropFirst(10)))
                ]
            )
            #expect(try rows.first?.value("n", as: Int64.self) == 0)
        }
    }
}
