import Directory
import Domain
import Logging
import Postgres
import TestSupport
import Testing

@Suite struct InMemoryAccountStoreTests {
    let contract = AccountStoreContract(store: InMemoryAccountStore())

    @Test func `keeps people`() async throws { try await contract.keepsPeople() }
    @Test func `edits people from the version that was read`() async throws { try await contract.editsPeople() }
    @Test func `keeps grants`() async throws { try await contract.keepsGrants() }
    @Test func `always keeps an owner`() async throws { try await contract.keepsAnOwner() }
    @Test func `keeps sessions`() async throws { try await contract.keepsSessions() }
    @Test func `gives links and states out once`() async throws { try await contract.keepsLinksAndStates() }
}

@Suite(.timeLimit(.minutes(2))) struct PostgresAccountStoreTests {
    private func withStore(
        _ body: @escaping @Sendable (AccountStoreContract, PostgresPool) async throws -> Void
    ) async throws {
        try await withPostgres { url in
            let configuration = try PostgresConfiguration(url: url)
            _ = try await PostgresMigrator(Directory.migrations, configuration: configuration, logger: .quiet).apply()
            let pool = PostgresPool(configuration, logger: .quiet)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await pool.run() }
                let acme = Workspace(id: "acme", createdAt: Timestamp(seconds: 1_800_000_000))
                try await PostgresDirectoryStore(pool: pool).create(acme)
                try await body(AccountStoreContract(store: PostgresAccountStore(pool: pool)), pool)
                group.cancelAll()
            }
        }
    }

    @Test func `keeps people`() async throws { try await withStore { contract, _ in try await contract.keepsPeople() } }
    @Test func `edits people from the version that was read`() async throws {
        try await withStore { contract, _ in try await contract.editsPeople() }
    }
    @Test func `keeps grants`() async throws { try await withStore { contract, _ in try await contract.keepsGrants() } }
    @Test func `always keeps an owner`() async throws {
        try await withStore { contract, _ in try await contract.keepsAnOwner() }
    }
    @Test func `keeps sessions, and what happened is in the audit log`() async throws {
        try await withStore { contract, pool in
            try await contract.keepsSessions()
            let log = AuditLog(pool: pool)
            #expect(try await log.page(AuditQuery(action: "person"), limit: 100).count == 9)
        }
    }
    @Test func `gives links and states out once`() async throws {
        try await withStore { contract, _ in try await contract.keepsLinksAndStates() }
    }
}
