import BudgetBook
import Directory
import Logging
import Postgres
import TestSupport
import Testing

/// The two implementations.
enum StoreKind: CaseIterable, CustomTestStringConvertible {
    case memory, postgres

    var testDescription: String { self == .memory ? "in memory" : "in PostgreSQL" }

    func with(_ body: @escaping @Sendable (BudgetStoreContract) async throws -> Void) async throws {
        guard self == .postgres else { return try await body(BudgetStoreContract(store: InMemoryBudgetStore())) }
        try await withPostgres { url in
            let configuration = try PostgresConfiguration(url: url)
            _ = try await PostgresMigrator(
                Directory.migrations + BudgetSchema.migrations,
                configuration: configuration,
                logger: .quiet
            )
            .apply()
            let pool = PostgresPool(configuration, logger: .quiet)
            defer { pool.close() }
            try await body(BudgetStoreContract(store: PostgresBudgetStore(pool: pool)))
        }
    }
}

@Suite(.timeLimit(.minutes(2))) struct BudgetStoreTests {
    @Test(arguments: StoreKind.allCases) func `keeps what was made, to the pico-dollar`(_ kind: StoreKind) async throws
    {
        try await kind.with { try await $0.keepsWhatWasMade() }
    }

    @Test(arguments: StoreKind.allCases) func `a change makes a version, and a changed limit one of its own`(
        _ kind: StoreKind
    ) async throws {
        try await kind.with { try await $0.changesWithVersions() }
    }

    @Test(arguments: StoreKind.allCases) func `a raise is set, ended and checked`(_ kind: StoreKind) async throws {
        try await kind.with { try await $0.raisesForATime() }
    }

    @Test(arguments: StoreKind.allCases) func `an archived budget stays readable and unchangeable`(
        _ kind: StoreKind
    ) async throws {
        try await kind.with { try await $0.endsForEver() }
    }

    @Test(arguments: StoreKind.allCases) func `the history says what the limit was, when and by whom`(
        _ kind: StoreKind
    ) async throws {
        try await kind.with { try await $0.tellsTheHistory() }
    }

    @Test(arguments: StoreKind.allCases) func `a copy loads only what changed`(_ kind: StoreKind) async throws {
        try await kind.with { try await $0.tellsWhatChanged() }
    }

    @Test(arguments: StoreKind.allCases) func `a workspace has a bounded number of budgets`(
        _ kind: StoreKind
    ) async throws {
        try await kind.with { try await $0.refusesTooMany() }
    }

    @Test(arguments: StoreKind.allCases) func `changes at once get a version each`(_ kind: StoreKind) async throws {
        try await kind.with { try await $0.givesEachChangeItsVersion() }
    }
}
