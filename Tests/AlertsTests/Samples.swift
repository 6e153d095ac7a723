@testable import Alerts
import CoreMetrics
import Directory
import Domain
import Ledger
import Logging
import Postgres
import ServiceRuntime
import Streams
import Synchronization
import TestSupport
import Testing
import Wire

/// The time of a test, moved by hand: Monday, 2026-11-23T10:00:00Z.
final class ManualWallClock: WallClock {
    static let start = Timestamp(seconds: 1_795_428_000)
    private let time = Mutex(start)

    var now: Timestamp { time.withLock { $0 } }

    func advance(by duration: Duration) {
        time.withLock { $0 = $0.adding(duration) }
    }
}

/// The two implementations.
enum StoreKind: CaseIterable, CustomTestStringConvertible {
    case memory, postgres

    var testDescription: String { self == .memory ? "in memory" : "in PostgreSQL" }

    func with(_ body: @escaping @Sendable (AlertStoreContract) async throws -> Void) async throws {
        guard self == .postgres else { return try await body(AlertStoreContract(store: InMemoryAlertStore())) }
        try await withAlertStore { try await body(AlertStoreContract(store: $0)) }
    }
}

/// Lends a store in a database of its own.
func withAlertStore(_ body: (PostgresAlertStore) async throws -> Void) async throws {
    try await withPostgres { url in
        let configuration = try PostgresConfiguration(url: url)
        _ = try await PostgresMigrator(
            Directory.migrations + AlertSchema.migrations,
            configuration: configuration,
            logger: .quiet
        ).apply()
        let pool = PostgresPool(configuration, logger: .quiet)
        defer { pool.close() }
        try await body(PostgresAlertStore(pool: pool))
    }
}

extension NewAlert {
    /// A crossing of a budget of 100 USD.
    static func crossing(
        _ threshold: Int,
        of budget: String = "b1",
        name: String = "Growth monthly",
        version: Int64 = 1,
        period: String = "month:2026-11-01",
        to recipients: [String] = ["lead@example.com"]
    ) -> NewAlert {
        let key = CrossingKey(
            budget: budget,
            scopeValue: "growth",
            period: period,
            threshold: threshold,
            limitVersion: version
        )
        let crossing = Crossing(
            key: key,
            budgetName: name,
            scopeType: .team,
            spent: MoneySum(picoDollars: Int128(threshold) * 1_000_000_000_000 + 1),
            limit: MoneySum(picoDollars: 100_000_000_000_000)
        )
        return NewAlert(
            subject: .crossing(crossing),
            workspace: "acme",
            happenedAt: ManualWallClock.start,
            destinations: recipients.map(Destination.email)
        )
    }

    static func notice(_ id: String, to destinations: [Destination] = [.email("ops@example.com")]) -> NewAlert {
        NewAlert(
            subject: .notice(id: id, kind: .priceSync, title: "Prices changed: <b>", facts: [.init("models", "3")]),
            workspace: nil,
            happenedAt: ManualWallClock.start,
            destinations: destinations
        )
    }

    var threshold: Int? { subject.crossing?.key.threshold }
}

/// An entry of the ledger for team `growth` of `acme`.
func makeEntry(
    _ number: Int64,
    dollars: Int64,
    at time: Timestamp,
    team: String = "growth",
    tags: [EventIdentity.Tag] = []
) throws -> LedgerEntry {
    let event = UsageEvent(
        eventID: "event-\(number)",
        occurredAt: time,
        receivedAt: time,
        identity: EventIdentity(
            workspace: "acme",
            team: team,
            project: nil,
            user: nil,
            sourceApp: "app",
            tags: tags
        ),
        provider: "openai",
        model: "gpt-4o",
        usage: Usage(items: [.init(.inputTokens, Amount(units: 10))])
    )
    let cost = Cost(
        state: .priced,
        money: Money(picoDollars: dollars * 1_000_000_000_000),
        provenance: Provenance(source: .litellm, priceVersion: 1, key: "gpt-4o")
    )
    let hash = [UInt8](repeating: 0, count: 8) + withUnsafeBytes(of: number) { Array($0) }
    return try #require(
        LedgerEntry(
            priced: PricedEvent(event: event, operation: "chat", cost: cost),
            idHash: hash,
            digest: 7,
            partition: 3,
            reference: EntryReference(epoch: 1, milliseconds: number, sequence: 0)
        )
    )
}

let metrics = AlertsMetrics(factory: NOOPMetricsHandler.instance)
