import Access
import BudgetBook
import CoreMetrics
import Directory
import Domain
import Ledger
import Redis
import ServiceRuntime
import Streams
import TestSupport
import Testing
import Wire

@testable import Budgets

/// budget's parts over a real Redis with one partition and a ledger, moved by hand one step at a time.
final class CounterRig {
    typealias Store = LedgerCorrectionStore & LedgerStore & StreamLives

    static let time = Timestamp(seconds: 1_795_428_000)
    static let workspaces = ["acme", "globex"]

    let pool: RedisPool
    let streams: RedisStreams
    let counters: RedisCounters
    let ledger: any Store
    let catalogue: CounterCatalogueCache
    private let directoryStore = InMemoryDirectoryStore()
    private let directory: DirectoryCache
    let keeper: CounterKeeper
    let metrics = BudgetMetrics(factory: NOOPMetricsHandler.instance)
    /// What budget and the ledger were given and have not finished.
    var counting: [Delivery] = []
    var keeping: [Delivery] = []
    private var adjustments = 0

    init(_ url: String, ledger: any Store, time: Timestamp) async throws {
        pool = RedisPool(try RedisConfiguration(url: url), logger: .quiet)
        self.ledger = ledger
        streams = RedisStreams(
            pool: pool,
            configuration: RedisStreamsConfiguration(partitioning: Partitioning(count: 1)),
            lives: ledger,
            logger: .quiet
        )
        counters = RedisCounters(pool: pool)
        directory = DirectoryCache(store: directoryStore, verifier: KeyVerifier(), logger: .quiet)
        catalogue = CounterCatalogueCache(
            directory: directory,
            budgets: BudgetCache(store: InMemoryBudgetStore(), logger: .quiet)
        )
        var configuration = CounterKeeper.Configuration()
        configuration.firstUseLimit = 3
        configuration.lifeInterval = .milliseconds(20)
        keeper = CounterKeeper(
            counters: counters,
            rebuilder: CounterRebuilder(ledger: ledger, counters: counters),
            catalogue: catalogue,
            partitioning: streams.partitioning,
            establish: { [streams] in try await streams.prepare() },
            configuration: configuration,
            clock: FixedClock(now: time),
            metrics: CounterMetrics(partitioning: streams.partitioning, factory: NOOPMetricsHandler.instance),
            logger: .quiet
        )
        try await streams.prepare()
        for id in Self.workspaces { try await add(id) }
    }

    /// Makes a workspace that this replica knows.
    func add(_ workspace: String) async throws {
        try await directoryStore.create(Workspace(id: workspace, createdAt: Self.time))
        try await directory.load()
    }

    /// Counters of the present and the previous month, and in total.
    var names: [CounterName] {
        let earlier = Self.time.adding(.seconds(-86_400 * 30))
        return Set(catalogue.current.standing(at: Self.time) + catalogue.current.standing(at: earlier))
            .sorted { $0.text < $1.text }
    }

    var rebuilder: CounterRebuilder {
        var configuration = CounterRebuilder.Configuration()
        configuration.patience = .milliseconds(200)
        configuration.interval = .milliseconds(2)
        return CounterRebuilder(ledger: ledger, counters: counters, configuration: configuration)
    }

    var relay: OutboxRelay {
        OutboxRelay(
            ledger: ledger,
            counters: counters,
            catalogue: catalogue,
            partitioning: streams.partitioning,
            interval: .seconds(1),
            metrics: metrics,
            logger: .quiet
        )
    }

    /// Accepts and prices an event; whether it was new to Redis.
    @discardableResult
    func post(_ eventID: String, workspace: String = "acme", cost: Int64?, at time: Timestamp = time) async throws
        -> Bool
    {
        let raw = try rawEntry(eventID, workspace: workspace, at: time)
        let claim = Claim(
            partition: .first,
            idHash: raw.idHash.bytes,
            digest: raw.digest.bytes,
            payload: raw.payload
        )
        guard await streams.claim([claim]) == [.accepted] else { return false }
        let reader = streams.reader(of: .raw, for: .pricing, as: "rig")
        let accepted = try await reader.read(limit: 10, wait: .seconds(5))
        await reader.close()
        _ = try await streams.forward(
            try accepted.map { ForwardedEntry(replacing: $0, payload: try pricedPayload($0.payload, cost: cost)) }
        )
        return true
    }

    /// Holds an amount in a workspace, before any budget has a counter for it.
    func hold(_ picoDollars: Int128, of workspace: String) async throws {
        let request = HoldRequest(
            partition: .first,
            workspace: workspace,
            budgetsVersion: 1,
            counters: [],
            scopes: [Scope(type: .workspace, id: workspace)],
            amount: MoneySum(picoDollars: picoDollars),
            hold: .init(id: HoldID.make(in: .first), timeToLive: .seconds(600), note: ""),
            idempotency: nil
        )
        guard case .allowed = try await RedisHolds(pool: pool).decide([request])[0].get() else {
            Issue.record("the hold was not made")
            return
        }
    }

    /// Gives budget or the ledger what is new.
    func deliver(_ limit: Int, to group: ConsumerGroup) async throws {
        let reader = streams.reader(of: .priced, for: group, as: "rig")
        let batch = try await reader.read(limit: limit, wait: .zero)
        await reader.close()
        let mine = batch.filter { $0.addressedTo == nil || $0.addressedTo == group }
        try await streams.acknowledge(batch.filter { !mine.contains($0) }, for: group)
        if group == .budget { counting += mine } else { keeping += mine }
    }

    /// Counts some of what budget was given.
    func count(_ limit: Int = .max) async throws {
        let batch = Array(counting.prefix(limit))
        let clock = SystemWallClock()
        let handler = CountHandler(
            counters: counters,
            catalogue: catalogue,
            keeper: keeper,
            crossings: CrossingWatch(producer: streams, clock: clock, metrics: metrics, logger: .quiet),
            metrics: metrics
        )
        _ = try await handler.handle(batch)
        counting.removeFirst(batch.count)
    }

    /// Keeps what the ledger was given.
    func keep() async throws {
        _ = try await ledger.append(try keeping.map(Self.entry), writer: "rig")
        try await streams.acknowledge(keeping, for: .ledger)
        keeping = []
    }

    private static func entry(_ delivery: Delivery) throws -> LedgerEntry {
        let entry = try PricedEntry(delivery.payload)
        return try #require(
            LedgerEntry(
                priced: entry.priced,
                idHash: entry.idHash,
                digest: entry.digest,
                partition: delivery.partition.number,
                reference: EntryReference(epoch: delivery.epoch, delivery.id)
            )
        )
    }

    /// Credits or charges a workspace by hand.
    func adjust(_ workspace: String, by amount: Int64, at time: Timestamp = time) async throws {
        adjustments += 1
        let request = LedgerJobRequest(
            key: "a\(adjustments)",
            kind: .manual,
            workspace: workspace,
            query: LedgerScanQuery(from: time, to: time.adding(.seconds(1)), unpricedOnly: true),
            reason: "test",
            author: "ada"
        )
        let adjustment = ManualAdjustment(
            workspace: workspace,
            occurredAt: time,
            amount: Money(picoDollars: amount)
        )
        _ = try await ledger.adjust([adjustment], for: request, at: Self.time)
    }

    /// Lets everything come to rest.
    func drain() async throws {
        for group in [ConsumerGroup.budget, .ledger] {
            let reader = streams.reader(of: .priced, for: group, as: "rig")
            while case let batch = try await reader.recover(limit: 1_000, suspectAfter: 1_000), !batch.isEmpty {
                let mine = batch.filter { $0.addressedTo == nil || $0.addressedTo == group }
                try await streams.acknowledge(batch.filter { !mine.contains($0) }, for: group)
                if group == .budget { counting = mine } else { keeping = mine }
                if group == .budget { try await count() } else { try await keep() }
            }
            await reader.close()
            counting = []
            keeping = []
            try await deliver(100_000, to: group)
            if group == .budget { try await count() } else { try await keep() }
        }
        while try await relay.relay(.first) > 0 {}
    }

    // MARK: - What can happen to Redis

    /// Forgets the ids, as Redis does after a day.
    func forgetIDs() async throws {
        let keys = try await pool.send(RedisCommand("KEYS", "id:*")).elements
        if keys.isEmpty { return }
        var command = RedisCommand("DEL")
        for key in keys { command.append(key.bytes ?? []) }
        try await pool.send(command)
    }

    /// All that Redis holds, as a snapshot on the disk would.
    func snapshot() async throws -> [(key: [UInt8], value: [UInt8])] {
        var values: [(key: [UInt8], value: [UInt8])] = []
        for key in try await pool.send(RedisCommand("KEYS", "*")).elements.compactMap(\.bytes) {
            var command = RedisCommand("DUMP")
            command.append(key)
            if let value = try await pool.send(command).bytes { values.append((key, value)) }
        }
        return values
    }

    /// Starts Redis anew with what an older snapshot holds: with the data goes the functions' memory.
    func restore(_ snapshot: [(key: [UInt8], value: [UInt8])]) async throws {
        try await pool.send(RedisCommand("FLUSHALL"))
        try await pool.send(RedisCommand("FUNCTION", "FLUSH"))
        for (key, value) in snapshot {
            var command = RedisCommand("RESTORE")
            command.append(key)
            command.append(0)
            command.append(value)
            try await pool.send(command)
        }
    }

    // MARK: - What must hold

    /// Checks that every counter that says it is ready holds what the ledger has.
    func expectAgreement(_ comment: Comment? = nil, readyOnly: Bool = true) async throws {
        let values = try await counters.values(.first, names: names.map(\.text))
        for (name, value) in zip(names, values) {
            if !readyOnly { #expect(value?.isReady == true, comment) }
            guard let value, value.isReady else { continue }
            let totals = try await ledger.totals(name.query(.events))
            #expect(value.sum == totals.cost, "\(name.workspace) \(name.periodText): \(comment ?? "")")
            #expect(value.events == totals.events, "\(name.workspace) \(name.periodText): \(comment ?? "")")
            #expect(value.unpriced == totals.unpricedEvents, "\(name.workspace) \(name.periodText): \(comment ?? "")")
        }
    }
}

/// A clock that stands still.
struct FixedClock: WallClock {
    var now: Timestamp
}

/// Lends a rig.
func withRig(
    _ ledger: any CounterRig.Store,
    time: Timestamp = CounterRig.time,
    _ body: (CounterRig) async throws -> Void
) async throws {
    try await withRedis { url in
        let rig = try await CounterRig(url, ledger: ledger, time: time)
        do {
            try await body(rig)
        } catch {
            await rig.pool.close()
            throw error
        }
        await rig.pool.close()
    }
}
