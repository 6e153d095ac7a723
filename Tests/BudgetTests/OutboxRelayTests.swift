import Access
import BudgetBook
import CoreMetrics
import Directory
import Domain
import Ledger
import Logging
import Redis
import ServiceRuntime
import Streams
import TestSupport
import Testing
import Wire

@testable import Budgets

/// budget and the ledger over a real Redis: what the relay is there for.
private struct Rig {
    let pool: RedisPool
    let streams: RedisStreams
    let counters: RedisCounters
    let ledger = InMemoryLedgerStore()
    let catalogue: CounterCatalogueCache
    let metrics = BudgetMetrics(factory: NOOPMetricsHandler.instance)
    let time = Timestamp(seconds: 1_795_428_000)
    let partition: Partition

    init(_ url: String) async throws {
        pool = RedisPool(try RedisConfiguration(url: url), logger: .quiet)
        streams = RedisStreams(pool: pool, lives: ledger, logger: .quiet)
        counters = RedisCounters(pool: pool)
        partition = streams.partitioning.partition(ofWorkspace: "acme")
        let store = InMemoryDirectoryStore()
        try await store.create(Workspace(id: "acme", createdAt: time))
        let directory = DirectoryCache(store: store, verifier: KeyVerifier(), logger: .quiet)
        try await directory.load()
        catalogue = CounterCatalogueCache(
            directory: directory,
            budgets: BudgetCache(store: InMemoryBudgetStore(), logger: .quiet)
        )
        try await streams.prepare()
    }

    private var handler: CountHandler {
        let crossings = CrossingWatch(producer: streams, clock: SystemWallClock(), metrics: metrics, logger: .quiet)
        return CountHandler(
            counters: counters,
            catalogue: catalogue,
            keeper: keeper,
            crossings: crossings,
            metrics: metrics
        )
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

    var keeper: CounterKeeper {
        CounterKeeper(
            counters: counters,
            rebuilder: CounterRebuilder(ledger: ledger, counters: counters),
            catalogue: catalogue,
            partitioning: streams.partitioning,
            establish: { [streams] in try await streams.prepare() },
            metrics: CounterMetrics(partitioning: streams.partitioning, factory: NOOPMetricsHandler.instance),
            logger: .quiet
        )
    }

    /// Sends an event all the way: claimed, priced, counted and kept.
    func send(_ eventID: String, cost: Int64?, at time: Timestamp) async throws -> [LedgerOutcome] {
        let raw = try rawEntry(eventID, workspace: "acme", at: time)
        let claim = Claim(
            partition: partition,
            idHash: raw.idHash.bytes,
            digest: raw.digest.bytes,
            payload: raw.payload
        )
        #expect(await streams.claim([claim]) == [.accepted])
        let accepted = try await streams.reader(of: .raw, for: .pricing, as: "test").read(limit: 10, wait: .seconds(5))
        _ = try await streams.forward(
            try accepted.map { ForwardedEntry(replacing: $0, payload: try pricedPayload($0.payload, cost: cost)) }
        )
        let counting = try await streams.reader(of: .priced, for: .budget, as: "test").read(
            limit: 10,
            wait: .seconds(5)
        )
        _ = try await handler.handle(counting)
        let keeping = try await streams.reader(of: .priced, for: .ledger, as: "test").read(limit: 10, wait: .seconds(5))
        let outcomes = try await ledger.append(try keeping.map(Self.entry), writer: "test")
        try await streams.acknowledge(keeping, for: .ledger)
        return outcomes
    }

    private static func entry(_ delivery: Delivery) throws -> LedgerEntry {
        let entry = try PricedEntry(delivery.payload)
        return try #require(
            LedgerEntry(
                priced: entry.priced,
                idHash: entry.idHash,
                digest: entry.digest,
                partition: delivery.partition.number,
                reference: EntryReference(
                    epoch: delivery.epoch,
                    milliseconds: Int64(delivery.id.milliseconds),
                    sequence: Int64(delivery.id.sequence)
                )
            )
        )
    }

    /// Forgets the ids, as Redis does after a day.
    func forgetIDs() async throws {
        let keys = try await pool.send(RedisCommand("KEYS", "id:*")).elements
        var command = RedisCommand("DEL")
        for key in keys { command.append(key.bytes ?? []) }
        try await pool.send(command)
    }

    func request(_ key: String, _ kind: LedgerJob.Kind) -> LedgerJobRequest {
        LedgerJobRequest(
            key: key,
            kind: kind,
            workspace: "acme",
            query: LedgerScanQuery(from: time, to: time.adding(.seconds(1)), unpricedOnly: true),
            reason: "a price appeared",
            author: "ada"
        )
    }

    /// Prices what has no price at 300 pico-dollars, and credits 30.
    func correct() async throws {
        let lease = LedgerLease(owner: "test", until: time.adding(.seconds(60)))
        _ = try await ledger.createJob(request("j", .unpriced), at: time)
        let job = try #require(try await ledger.claimJob([.unpriced], lease: lease, at: time))
        let page = try await ledger.scan(job.query, after: nil, limit: 10)
        let cost = Cost(state: .priced, money: Money(picoDollars: 300), provenance: Provenance(source: .override))
        let step = LedgerStep(page: page, costs: page.rows.map { _ in cost })
        _ = try await ledger.apply(step, to: job, lease: lease, at: time)
        let credit = ManualAdjustment(workspace: "acme", occurredAt: time, amount: Money(picoDollars: -30))
        _ = try await ledger.adjust([credit], for: request("m", .manual), at: time)
    }

    /// Makes the counters, or makes them anew.
    func rebuild() async throws {
        let names = catalogue.current.ownCounters(of: "acme", at: time).compactMap { CounterName($0.name) }
        let rebuilder = CounterRebuilder(ledger: ledger, counters: counters)
        #expect(try await rebuilder.rebuild(names, in: partition).allSatisfy(\.isRebuilt))
    }

    func total() async throws -> CounterValue? {
        try await counters.values(partition, names: ["acme\u{1F}workspace\u{1F}acme\u{1F}total"]).first ?? nil
    }
}

@Suite(.timeLimit(.minutes(1))) struct `An outbox relay` {
    @Test func `takes a late duplicate out of the counters, once`() async throws {
        try await withRedis { url in
            let rig = try await Rig(url)
            try await rig.rebuild()
            #expect(try await rig.send("e1", cost: 700, at: rig.time) == [.kept])
            #expect(try await rig.send("e2", cost: nil, at: rig.time) == [.kept])
            try await rig.forgetIDs()
            let later = rig.time.adding(.seconds(60))
            #expect(try await rig.send("e1", cost: 900, at: later) == [.lateDuplicate(conflict: true)])
            #expect(try await rig.send("e2", cost: nil, at: rig.time) == [.lateDuplicate(conflict: false)])
            #expect(try await rig.total()?.sum == MoneySum(picoDollars: 1_600))
            for _ in 0..<3 { _ = try await rig.relay.relay(rig.partition) }
            let total = try await rig.total()
            #expect(total?.sum == MoneySum(picoDollars: 700))
            #expect(total?.events == 2)
            #expect(total?.unpriced == 1)
            await rig.pool.close()
        }
    }

    @Test func `leaves counters alone that never saw the duplicate, because Redis was lost`() async throws {
        try await withRedis { url in
            let rig = try await Rig(url)
            _ = try await rig.send("e1", cost: 700, at: rig.time)
            try await rig.forgetIDs()
            _ = try await rig.send("e1", cost: 700, at: rig.time)
            try await rig.pool.send(RedisCommand("FLUSHALL"))
            try await rig.streams.prepare()
            try await rig.rebuild()
            _ = try await rig.send("e3", cost: 50, at: rig.time)
            _ = try await rig.relay.relay(rig.partition)
            let total = try await rig.total()
            #expect(total?.sum == MoneySum(picoDollars: 750))
            #expect(total?.events == 2)
            await rig.pool.close()
        }
    }

    @Test func `brings a new price and a credit to the counters, once, so that all sums agree`() async throws {
        try await withRedis { url in
            let rig = try await Rig(url)
            try await rig.rebuild()
            _ = try await rig.send("e1", cost: nil, at: rig.time)
            _ = try await rig.send("e2", cost: 700, at: rig.time)
            try await rig.correct()
            for _ in 0..<3 { _ = try await rig.relay.relay(rig.partition) }
            let total = try await rig.total()
            #expect(total?.sum == MoneySum(picoDollars: 1_000 - 30))
            #expect(total?.events == 2)
            #expect(total?.unpriced == 0)
            let verification = LedgerVerification(
                ledger: rig.ledger,
                counters: rig.counters,
                partitioning: rig.streams.partitioning
            )
            let report = try await verification.run(rig.catalogue.current, now: rig.time)
            #expect(report.isConsistent, "\(report.table)")
            await rig.pool.close()
        }
    }

    @Test func `leaves corrections alone that were made before Redis was lost: the ledger's sum has them`() async throws
    {
        try await withRedis { url in
            let rig = try await Rig(url)
            _ = try await rig.send("e1", cost: nil, at: rig.time)
            try await rig.correct()
            try await rig.pool.send(RedisCommand("FLUSHALL"))
            try await rig.streams.prepare()
            try await rig.rebuild()
            _ = try await rig.send("e3", cost: 50, at: rig.time)
            _ = try await rig.relay.relay(rig.partition)
            #expect(try await rig.total()?.sum == MoneySum(picoDollars: 320))
            let credit = ManualAdjustment(workspace: "acme", occurredAt: rig.time, amount: Money(picoDollars: -20))
            _ = try await rig.ledger.adjust([credit], for: rig.request("late", .manual), at: rig.time)
            _ = try await rig.relay.relay(rig.partition)
            #expect(try await rig.total()?.sum == MoneySum(picoDollars: 300))
            await rig.pool.close()
        }
    }
}
