import Access
import BudgetBook
import CoreMetrics
import Directory
import Domain
import HTTPTypes
import Hummingbird
import Ledger
import Logging
import Redis
import ServiceRuntime
import Streams
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Budgets

/// The time of a test, moved by hand.
final class ManualWallClock: WallClock {
    private let time = Mutex(Timestamp(seconds: 1_795_428_000))

    var now: Timestamp { time.withLock { $0 } }

    func advance(by duration: Duration) {
        time.withLock { $0 = $0.adding(duration) }
    }
}

/// A replica's copy of the budgets, and what counts by it.
struct Replica {
    let cache: BudgetCache
    let catalogue: CounterCatalogueCache
    let handler: CountHandler
    let crossings: CrossingWatch
}

/// Budgets over a real Redis, with a ledger and a store in memory and routes without a socket.
struct BudgetRig {
    let pool: RedisPool
    let streams: RedisStreams
    let counters: RedisCounters
    let ledger = InMemoryLedgerStore()
    let store = InMemoryBudgetStore()
    let clock = ManualWallClock()
    let partition: Partition
    let replica: Replica
    let desk: BudgetDesk
    private let directory: DirectoryCache
    private let front: HTTPFront
    private let keys: [String: RawKey]

    /// A rig whose budgets wait for their counters so long.
    init(_ url: String, patience: Duration = .seconds(10)) async throws {
        pool = RedisPool(try RedisConfiguration(url: url), logger: .quiet)
        streams = RedisStreams(pool: pool, lives: UnknownLives(), logger: .quiet)
        counters = RedisCounters(pool: pool)
        partition = streams.partitioning.partition(ofWorkspace: "acme")
        try await streams.prepare()
        let directories = InMemoryDirectoryStore()
        let verifier = KeyVerifier(wallClock: clock)
        try await directories.create(Workspace(id: "acme", timeZone: "Asia/Kathmandu", createdAt: clock.now))
        try await directories.create(Workspace(id: "b", createdAt: clock.now))
        directory = DirectoryCache(store: directories, verifier: verifier, logger: .quiet)
        try await directory.load()
        keys = Self.makeKeys(for: verifier, at: clock.now)
        replica = Self.replica(store, ledger, directory, counters, streams, clock)
        let rebuilder = CounterRebuilder(ledger: ledger, counters: counters)
        desk = BudgetDesk(
            store: store,
            cache: replica.cache,
            catalogue: replica.catalogue,
            counters: counters,
            opening: RebuildOpening(rebuilder: rebuilder, partitioning: streams.partitioning),
            crossings: replica.crossings,
            partitioning: streams.partitioning,
            patience: patience,
            clock: clock,
            logger: .quiet
        )
        let routes = BudgetRoutes(
            authenticator: Authenticator(verifier: verifier),
            store: store,
            cache: replica.cache,
            desk: desk,
            reader: BudgetReader(
                catalogue: replica.catalogue,
                counters: counters,
                partitioning: streams.partitioning
            ),
            hasWorkspace: { $0 == "acme" || $0 == "b" },
            clock: clock
        )
        front = HTTPFront(
            parts: [ServiceParts(name: "test", routes: routes.add)],
            registry: PrometheusRegistry(),
            logger: .quiet,
            clock: clock
        )
    }

    /// Runs a body with a rig on a Redis of its own.
    static func with(
        patience: Duration = .seconds(10),
        _ body: (BudgetRig) async throws -> Void
    ) async throws {
        try await withRedis { url in
            let rig = try await BudgetRig(url, patience: patience)
            try await body(rig)
            await rig.pool.close()
        }
    }

    /// Another replica, whose copy is that of now until it is loaded.
    func otherReplica() async throws -> Replica {
        let other = Self.replica(store, ledger, directory, counters, streams, clock)
        try await other.cache.load()
        return other
    }

    private static func replica(
        _ store: InMemoryBudgetStore,
        _ ledger: InMemoryLedgerStore,
        _ directory: DirectoryCache,
        _ counters: RedisCounters,
        _ streams: RedisStreams,
        _ clock: ManualWallClock
    ) -> Replica {
        let cache = BudgetCache(store: store, logger: .quiet)
        let catalogue = CounterCatalogueCache(directory: directory, budgets: cache)
        let metrics = BudgetMetrics(factory: NOOPMetricsHandler.instance)
        let crossings = CrossingWatch(producer: streams, clock: clock, metrics: metrics, logger: .quiet)
        let keeper = CounterKeeper(
            counters: counters,
            rebuilder: CounterRebuilder(ledger: ledger, counters: counters),
            catalogue: catalogue,
            partitioning: streams.partitioning,
            establish: { try await streams.prepare() },
            clock: clock,
            metrics: CounterMetrics(partitioning: streams.partitioning, factory: NOOPMetricsHandler.instance),
            logger: .quiet
        )
        let handler = CountHandler(
            counters: counters,
            catalogue: catalogue,
            keeper: keeper,
            crossings: crossings,
            metrics: metrics
        )
        return Replica(cache: cache, catalogue: catalogue, handler: handler, crossings: crossings)
    }

    private static func makeKeys(for verifier: KeyVerifier, at now: Timestamp) -> [String: RawKey] {
        let wanted: [(String, Scopes, String?)] = [
            ("admin", .admin, nil), ("admin-acme", .admin, "acme"), ("reader", .read, nil), ("reader-b", .read, "b"),
            ("recorder", .record, nil),
        ]
        var keys: [String: RawKey] = [:]
        for (name, scopes, workspace) in wanted {
            let (key, raw) = APIKey.make(
                name: name,
                scopes: scopes,
                workspace: workspace,
                sourceApp: "test",
                createdAt: now,
                createdBy: "test"
            )
            verifier.update([key])
            keys[name] = raw
        }
        verifier.confirm(asOf: SystemUptimeClock().uptime)
        return keys
    }
}

extension BudgetRig {
    /// Accepts events of the workspace `acme`, now, and prices them.
    func price(_ events: [(id: String, team: String, cost: Int64)]) async throws {
        let accepted = try events.map { try rawEntry($0.id, workspace: "acme", at: clock.now, team: $0.team) }
        let claims = accepted.map { raw in
            Claim(partition: partition, idHash: raw.idHash.bytes, digest: raw.digest.bytes, payload: raw.payload)
        }
        #expect(await streams.claim(claims) == claims.map { _ in .accepted })
        let raw = try await streams.reader(of: .raw, for: .pricing, as: "test").read(limit: 500, wait: .seconds(5))
        let entries = try zip(raw, events).map { delivery, event in
            ForwardedEntry(replacing: delivery, payload: try pricedPayload(delivery.payload, cost: event.cost))
        }
        #expect(try await streams.forward(entries) == events.count)
    }

    /// Counts what was priced, by a replica's copy.
    func count(by replica: Replica? = nil) async throws {
        let reader = streams.reader(of: .priced, for: .budget, as: "test")
        let outcome = try await (replica ?? self.replica).handler.handle(
            try await reader.read(limit: 500, wait: .seconds(5))
        )
        #expect(outcome.poison.isEmpty)
    }

    /// Keeps in the ledger what was priced.
    func keep() async throws {
        let deliveries = try await streams.reader(of: .priced, for: .ledger, as: "test").read(
            limit: 500,
            wait: .seconds(5)
        )
        _ = try await ledger.append(
            try deliveries.map { delivery in
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
            },
            writer: "test"
        )
        try await streams.acknowledge(deliveries, for: .ledger)
    }

    /// Prices, counts and keeps events of a team.
    func spend(_ id: String, _ cost: Int64, team: String = "growth", by replica: Replica? = nil) async throws {
        try await price([(id, team, cost)])
        try await count(by: replica)
        try await keep()
    }

    /// The notices of crossings so far.
    func notices() async throws -> [NoticeEntry] {
        let reader = streams.reader(of: .notices, for: .alerts, as: "test")
        let deliveries = try await reader.read(limit: 500, wait: .milliseconds(200))
        try await streams.acknowledge(deliveries, for: .alerts)
        return try deliveries.map { try NoticeEntry($0.payload) }
    }

    /// Sends a request; the answer's body as JSON, and its headers.
    @discardableResult
    func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ body: String = "",
        as key: String = "admin",
        ifMatch: String? = nil,
        expecting status: HTTPResponse.Status = .ok
    ) async throws -> (json: JSONValue, headers: HTTPFields) {
        var headers: HTTPFields = [.authorization: "Bearer \(keys[key]?.text ?? "")"]
        if !body.isEmpty { headers[.contentType] = "application/json" }
        headers[.ifMatch] = ifMatch
        let reply = try await front.send(method, path, headers: headers, body: body)
        #expect(reply.status == status, "\(method) \(path) \(body): \(reply.text)")
        return (try JSONValue(parsing: Array(reply.text.utf8)), reply.headers)
    }

    /// Makes a budget of a team; its id.
    func make(_ change: String = "", team: String = "growth", limit: String = "0.000000001") async throws -> String {
        let body = """
            {"name":"Growth","workspace":"acme","scope":{"type":"team","id":"\(team)"},"period":"month",
            "limit_usd":"\(limit)","action":"block"\(change)}
            """
        return try #require(try await send(.post, "/v1/budgets", body, expecting: .created).json["id"]?.text)
    }
}

extension JSONValue {
    /// The names of the fields at fault.
    var faults: [String] {
        (self["invalid_parameters"]?.list ?? []).compactMap { $0["name"]?.text }
    }

    /// The texts of a member of each item of a page.
    func items(_ name: String) -> [String] {
        (self["items"]?.list ?? []).compactMap { $0[name]?.text }
    }

    /// An amount of USD in pico-dollars.
    var picoDollars: Int128? {
        text.flatMap { MoneySum(usd: $0)?.picoDollars }
    }
}
