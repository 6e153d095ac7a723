import Directory
import Domain
import Logging
import Postgres
import PriceBook
import PriceDesk
@testable import Pricing
import ServiceRuntime
import TestSupport
import Testing

/// Runs a body with a store in a fresh database.
func withPriceStore<Result: Sendable>(
    _ body: @escaping @Sendable (PostgresPriceStore, PostgresPool) async throws -> Result
) async throws -> Result {
    try await withPostgres { url in
        let configuration = try PostgresConfiguration(url: url)
        _ = try await PostgresMigrator(
            Directory.migrations + PriceSchema.migrations,
            configuration: configuration,
            logger: .quiet
        ).apply()
        let pool = PostgresPool(configuration, logger: .quiet)
        defer { pool.close() }
        return try await body(PostgresPriceStore(pool: pool), pool)
    }
}

/// The two implementations.
enum StoreKind: CaseIterable, CustomTestStringConvertible {
    case memory, postgres

    var testDescription: String { self == .memory ? "in memory" : "in PostgreSQL" }

    func with(_ body: @escaping @Sendable (PriceStoreContract) async throws -> Void) async throws {
        switch self {
        case .memory: try await body(PriceStoreContract(store: InMemoryPriceStore()))
        case .postgres: try await withPriceStore { store, _ in try await body(PriceStoreContract(store: store)) }
        }
    }
}

@Suite(.timeLimit(.minutes(2))) struct PriceStoreTests {
    @Test(arguments: StoreKind.allCases) func `a sync closes and opens versions`(_ kind: StoreKind) async throws {
        try await kind.with { try await $0.closesAndOpensVersions() }
    }

    @Test(arguments: StoreKind.allCases) func `intervals stay whole when a clock goes back`(
        _ kind: StoreKind
    ) async throws {
        try await kind.with { try await $0.keepsIntervalsWholeWhenTheClockGoesBack() }
    }

    @Test(arguments: StoreKind.allCases) func `a plan of another version is refused`(_ kind: StoreKind) async throws {
        try await kind.with { try await $0.refusesPlansOfAnotherVersion() }
    }

    @Test(arguments: StoreKind.allCases) func `one sync runs at a time and dead ones are given up`(
        _ kind: StoreKind
    ) async throws {
        try await kind.with { try await $0.admitsOneSyncAtATime() }
    }

    @Test(arguments: StoreKind.allCases) func `shipped maps are remembered by their digest`(
        _ kind: StoreKind
    ) async throws {
        try await kind.with { try await $0.remembersShippedMaps() }
    }

    @Test(arguments: StoreKind.allCases) func `overrides never overlap and end once`(_ kind: StoreKind) async throws {
        try await kind.with { try await $0.keepsOverrides() }
    }

    @Test(arguments: StoreKind.allCases) func `the catalogue is revised entry by entry`(
        _ kind: StoreKind
    ) async throws {
        try await kind.with { try await $0.revisesTheCatalogue() }
    }

    @Test(arguments: StoreKind.allCases) func `contents are kept as they were first`(_ kind: StoreKind) async throws {
        try await kind.with { try await $0.keepsContents() }
    }

    @Test(arguments: StoreKind.allCases) func `changes are decided once`(_ kind: StoreKind) async throws {
        try await kind.with { try await $0.decidesChanges() }
    }

    @Test(arguments: StoreKind.allCases) func `newer proposals supersede older ones`(_ kind: StoreKind) async throws {
        try await kind.with { try await $0.supersedesChanges() }
    }

    @Test(arguments: StoreKind.allCases) func `people are told once`(_ kind: StoreKind) async throws {
        try await kind.with { try await $0.tellsOnce() }
    }

    @Test(arguments: StoreKind.allCases) func `writers take turns at any concurrency`(_ kind: StoreKind) async throws {
        try await kind.with { try await $0.takesTurnsAtAnyConcurrency() }
    }

    @Test func `the shipped map with its history is loaded from PostgreSQL entry for entry`() async throws {
        try await withPriceStore { store, _ in
            let rig = SyncRig(url: nil, store: store)
            let bytes = try PriceBook.mapBytes(path: nil)
            let map = try PriceMap(litellm: bytes)
            #expect(map.issues.isEmpty)
            let record = try #require(try await rig.sync.importShipped(bytes))
            #expect(record.outcome == .applied && record.counts.opened == map.entries.count)
            #expect(record.counts.warnings > 0)
            let clock = ContinuousClock()
            let start = clock.now
            let loaded = try await store.changes(after: nil).prices
            print("loaded \(loaded.count) versions in \(clock.now - start)")
            #expect(loaded.count == map.entries.count)
            let byKey = Dictionary(loaded.map { ($0.entry.key, $0) }) { first, _ in first }
            #expect(map.entries.allSatisfy { byKey[$0.key]?.entry == $0 })
            #expect(map.entries.allSatisfy { $0.contentVersion(source: .litellm) == byKey[$0.key]?.contentVersion })
            // The same map again, on another replica, is no news.
            #expect(try await SyncRig(url: nil, store: store).sync.importShipped(bytes) == nil)
        }
    }

    @Test func `who asked for a sync, and what it changed, is in the audit log`() async throws {
        try await withPriceStore { store, pool in
            let contract = PriceStoreContract(store: store)
            var plan = SyncPlan(isBaseline: true)
            plan.opened = try contract.entries(["a": "1e-6"])
            let scheduled = try await contract.apply(plan, cause: .scheduled)
            let manual = try await contract.begin(.manual, at: contract.now)
            _ = try await store.finish(manual.id, SyncResult(.unchanged), at: contract.now)
            let log = AuditLog(pool: pool)
            let found = try await log.page(AuditQuery(action: "price_sync"), .oldestFirst, limit: 10)
            #expect(found.map(\.action) == ["price_sync.apply", "price_sync.begin"])
            #expect(found.map(\.targetID) == ["\(scheduled.id)", "\(manual.id)"])
            #expect(found.map(\.author.id) == ["pricing", "test"] && found.allSatisfy { $0.workspace == nil })
            #expect(found[0].after?["opened"]?.numberText == "1")
        }
    }

    @Test func `a version's content cannot be written over`() async throws {
        try await withPriceStore { store, pool in
            let contract = PriceStoreContract(store: store)
            _ = try await store.create(try contract.override(), at: contract.now)
            // A second open version of one model is refused by the database itself.
            await #expect(throws: PostgresError.self) {
                _ = try await pool.query(
                    """
                    INSERT INTO price_versions (source, key, provider, content, content_version, recorded_at,
                        changed_version)
                    SELECT source, key, provider, content, content_version, recorded_at, changed_version
                    FROM price_versions
                    """
                )
            }
        }
    }
}
