import Directory
import Domain
import Ledger
import Postgres
import Streams
import TestSupport
import Testing
import Wire

/// Which implementation a contract test runs against.
enum StoreKind: String, CaseIterable, CustomTestStringConvertible {
    case memory, postgres

    var testDescription: String { rawValue }
}

/// What both implementations are.
typealias FullStore = LedgerCorrectionStore & LedgerStore & StreamLives

/// Lends an empty store of a kind.
func withStore(_ kind: StoreKind, _ body: (any FullStore) async throws -> Void) async throws {
    switch kind {
    case .memory: try await body(InMemoryLedgerStore())
    case .postgres: try await withPostgresStore { store, _ in try await body(store) }
    }
}

/// Lends an empty store in a database of its own, and a pool to look into it.
func withPostgresStore(_ body: (PostgresLedgerStore, PostgresPool) async throws -> Void) async throws {
    try await withPostgres { url in
        let configuration = try PostgresConfiguration(url: url)
        try await PostgresMigrator(
            Directory.migrations + LedgerSchema.migrations,
            configuration: configuration,
            logger: .quiet
        ).apply()
        let pool = PostgresPool(configuration, logger: .quiet)
        defer { pool.close() }
        try await body(PostgresLedgerStore(pool: pool, logger: .quiet), pool)
    }
}

/// Sunday, one day before the tests' Monday.
let testDay = Timestamp(seconds: 1_795_305_600)  // 2026-11-22T00:00:00Z

/// Makes entries whose parts a test does not care about.
func makeEntry(
    _ number: Int64,
    id: String? = nil,
    workspace: String = "acme",
    team: String? = "growth",
    user: String? = nil,
    model: String = "gpt-4o-mini",
    at occurredAt: Timestamp = testDay,
    cost: Int64? = 1_000,
    tags: [EventIdentity.Tag] = [],
    usage: [Usage.Item] = [.init(.inputTokens, Amount(units: 10)), .init(.outputTokens, Amount(units: 2))],
    partition: Int = 3,
    epoch: Int64 = 1,
    digest: UInt64 = 7
) -> LedgerEntry {
    let eventID = id ?? "event-\(number)"
    let identity = EventIdentity(
        workspace: workspace,
        team: team,
        project: "chatbot",
        user: user,
        sourceApp: "app",
        tags: tags
    )
    let event = UsageEvent(
        eventID: eventID,
        occurredAt: occurredAt,
        receivedAt: occurredAt.adding(.seconds(1)),
        identity: identity,
        provider: "openai",
        model: model,
        usage: Usage(items: usage)
    )
    let price = Cost(
        state: cost == nil ? .unpriced : .priced,
        money: cost.map { Money(picoDollars: $0) },
        provenance: Provenance(source: .litellm, priceVersion: .max - 5, key: model)
    )
    let hash = EventIDHash(workspace: workspace, eventID: eventID).bytes
    let reference = EntryReference(epoch: epoch, milliseconds: number, sequence: 0)
    guard
        let entry = LedgerEntry(
            priced: PricedEvent(event: event, operation: "chat", cost: price),
            idHash: hash,
            digest: digest,
            partition: partition,
            reference: reference
        )
    else { preconditionFailure("the hash has 16 bytes") }
    return entry
}

/// Everything that the tests' events can fall into.
func everything(_ workspaces: [String]? = nil, source: LedgerQuery.Source = .best) -> LedgerQuery {
    LedgerQuery(
        workspaces: workspaces,
        from: testDay.adding(.seconds(-86_400 * 400)),
        to: testDay.adding(.seconds(86_400 * 400)),
        source: source
    )
}

/// Entries with all sorts of dimensions, tags, quantities, times and costs.
func randomEntries(_ count: Int, using random: inout some RandomNumberGenerator) -> [LedgerEntry] {
    (1...Int64(count)).map { number in
        var usage: [Usage.Item] = []
        for quantity in UsageQuantity.allCases where Int.random(in: 0..<6, using: &random) == 0 {
            let units = Int64.random(in: 0...100_000, using: &random)
            let fraction = quantity.allowsFraction ? Int64.random(in: 0..<1_000_000, using: &random) : 0
            usage.append(.init(quantity, Amount(millionths: units * 1_000_000 + fraction)))
        }
        var tags: [EventIdentity.Tag] = []
        for key in ["a \"quoted\" key", "feature", "naïve"] where Bool.random(using: &random) {
            tags.append(.init(key: key, value: ["x", "y\n\\", "🦉"].randomElement(using: &random) ?? ""))
        }
        var entry = makeEntry(
            number,
            workspace: ["acme", "globex"].randomElement(using: &random) ?? "",
            team: ["growth", "core", nil, ""].randomElement(using: &random) ?? nil,
            user: Bool.random(using: &random) ? "u-\(Int.random(in: 0..<6, using: &random))" : nil,
            model: ["gpt-4o", "claude", "o1"].randomElement(using: &random) ?? "",
            at: testDay.adding(microseconds: Int64.random(in: 0..<(3 * 86_400_000_000), using: &random)),
            cost: Int.random(in: 0..<8, using: &random) == 0
                ? nil : Int64.random(in: -5...Money.eventLimit.picoDollars, using: &random),
            tags: tags,
            usage: usage
        )
        entry.priced.event.attributes =
            Bool.random(using: &random)
            ? PriceAttributes() : PriceAttributes(serviceTier: "batch", size: "1024x1024", routerFee: true)
        entry.priced.event.usage.custom =
            Bool.random(using: &random)
            ? [] : [Usage.NamedItem("widgets", Amount(millionths: 2_500_000))]
        entry.priced.event.operation = [nil, "chat", "completion"].randomElement(using: &random) ?? nil
        entry.priced.event.latencyMilliseconds = Bool.random(using: &random) ? 812 : nil
        entry.priced.event.holdID = Bool.random(using: &random) ? "hold" : nil
        entry.priced.event.traceID = Bool.random(using: &random) ? "4bf92f35" : nil
        entry.priced.event.status = Bool.random(using: &random) ? "ok" : nil
        if entry.priced.cost.money == nil {
            entry.priced.cost.unpriced = [UnpricedQuantity("input_tokens", .unknownModel)]
        }
        return entry
    }
}
