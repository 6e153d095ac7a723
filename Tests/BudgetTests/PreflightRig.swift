import Access
import BudgetBook
@testable import Budgets
import Directory
import Domain
import HTTPTypes
import Hummingbird
import Ledger
import LocalServers
import PriceBook
import PriceDesk
import Redis
import ServiceLifecycle
import ServiceRuntime
import Streams
import Synchronization
import TestSupport
import Testing

/// The routes of preflights and holds over a Redis of their own; everything else is in memory.
struct PreflightRig: Sendable {
    let url: String
    let pool: RedisPool
    let directory: InMemoryDirectoryStore
    let budgets: InMemoryBudgetStore
    let catalogue: CounterCatalogueCache
    let desk: HoldDesk
    let book: PriceBookHolder
    let observed = FixedObservations()
    let keeper: FixedKeeper
    let front: HTTPFront
    let clock: PreflightClock
    private let keys: [String: RawKey]

    static let partitioning = Partitioning(count: 4)
    let partition = partitioning.partition(ofWorkspace: "acme")

    init(url: String, failMode: FailMode, unpricedMode: UnpricedMode) async throws {
        self.url = url
        clock = PreflightClock()
        var configuration = try RedisConfiguration(url: url)
        configuration.commandTimeout = .seconds(2)
        pool = RedisPool(configuration, logger: .quiet)
        let streams = RedisStreams(
            pool: pool,
            configuration: RedisStreamsConfiguration(partitioning: Self.partitioning),
            lives: UnknownLives(),
            logger: .quiet
        )
        try await streams.prepare()
        directory = InMemoryDirectoryStore()
        for id in ["acme", "globex"] {
            let workspace = Workspace(
                id: id,
                failMode: failMode,
                unpricedMode: unpricedMode,
                createdAt: clock.now
            )
            try await directory.create(workspace)
        }
        let verifier = KeyVerifier(wallClock: clock)
        let directoryCache = DirectoryCache(store: directory, verifier: verifier, logger: .quiet)
        try await directoryCache.load()
        // After the load: it takes away the keys that the store does not have.
        keys = Self.makeKeys(for: verifier, at: clock.now)
        budgets = InMemoryBudgetStore()
        let budgetCache = BudgetCache(store: budgets, logger: .quiet)
        try await budgetCache.load()
        catalogue = CounterCatalogueCache(directory: directoryCache, budgets: budgetCache)
        desk = HoldDesk(pool: pool, partitioning: Self.partitioning, logger: .quiet)
        keeper = FixedKeeper(pool: pool, partition: partition)
        book = PriceBookHolder(zones: .fixed)
        book.replace(with: [try Self.price("sonnet", input: "0.000003", output: "0.000015")], version: 1)
        let estimator = Estimator(
            book: book,
            observed: ObservedUsage(ledger: observed, clock: clock, logger: .quiet),
            defaultOutputTokens: 1_000
        )
        let preflight = Preflight(
            catalogue: catalogue,
            desk: desk,
            estimator: estimator,
            keeper: keeper,
            partitioning: Self.partitioning,
            clock: clock
        )
        let authenticator = Authenticator(verifier: verifier)
        let registry = PrometheusRegistry()
        let route = PreflightRoute(
            authenticator: authenticator,
            directory: directoryCache,
            preflight: preflight,
            partitioning: Self.partitioning,
            clock: clock,
            metrics: BudgetMetrics(factory: registry.factory(service: "budget"))
        )
        let holds = HoldRoutes(authenticator: authenticator, desk: desk, partitioning: Self.partitioning)
        let parts = [route.add, holds.add].map { ServiceParts(name: "test", routes: $0) }
        front = HTTPFront(parts: parts, registry: registry, logger: .quiet, clock: clock)
    }

    static func price(_ model: String, input: String, output: String) throws -> PriceVersion {
        let json = """
            {"litellm_provider": "anthropic", "mode": "chat", "input_cost_per_token": \(input),
            "output_cost_per_token": \(output)}
            """
        return PriceVersion(
            source: .litellm,
            entry: try PriceEntry(key: model, json: Array(json.utf8)),
            recordedAt: Timestamp(seconds: 0)
        )
    }

    private static func makeKeys(for verifier: KeyVerifier, at now: Timestamp) -> [String: RawKey] {
        let wanted: [(String, Scopes, String?)] = [
            ("acme", .preflight, "acme"), ("other", .preflight, "acme"), ("globex", .preflight, "globex"),
            ("any", .preflight, nil), ("recorder", .record, "acme"),
        ]
        var keys: [String: RawKey] = [:]
        for (name, scopes, workspace) in wanted {
            let (key, raw) = APIKey.make(
                name: name,
                scopes: scopes,
                workspace: workspace,
                sourceApp: "app",
                createdAt: now,
                createdBy: "test"
            )
            verifier.update([key])
            keys[name] = raw
        }
        verifier.confirm(asOf: SystemUptimeClock().uptime)
        return keys
    }

    /// Makes a budget, and its counter ready unless told otherwise.
    @discardableResult
    func budget(
        _ type: ScopeType,
        _ id: String,
        usd: String,
        period: PeriodKind = .month,
        action: BudgetAction = .block,
        spent: String? = "0"
    ) async throws -> Budget {
        let budget = try await budgets.create(
            NewBudget(
                workspace: "acme",
                scope: Scope(type: type, id: id),
                period: period,
                name: "\(type.rawValue) \(id)",
                limit: try #require(MoneySum(usd: usd)),
                action: action,
                author: "test"
            ),
            at: clock.now
        )
        let workspace = try await catalogue.refreshed().workspace("acme")
        if let spent {
            let counter = workspace.counter(of: budget, scope: budget.scope, at: clock.now)
            try await keeper.fill(counter.name, spent: try #require(MoneySum(usd: spent)))
        }
        return budget
    }

    /// The headers of a request of the workspace `acme`.
    var headers: HTTPFields {
        [.authorization: "Bearer \(keys["acme"]?.text ?? "")", .contentType: "application/json"]
    }

    /// Asks; the answer's body as JSON.
    func ask(
        _ body: String,
        as key: String = "acme",
        idempotency: String? = nil,
        expecting status: HTTPResponse.Status = .ok
    ) async throws -> JSONValue {
        try await send("/v1/preflight", body, as: key, idempotency: idempotency, expecting: status)
    }

    func send(
        _ path: String,
        _ body: String = "",
        as key: String = "acme",
        idempotency: String? = nil,
        expecting status: HTTPResponse.Status = .ok
    ) async throws -> JSONValue {
        var headers: HTTPFields = [.authorization: "Bearer \(keys[key]?.text ?? "")"]
        if !body.isEmpty { headers[.contentType] = "application/json" }
        if let idempotency { headers[.idempotencyKey] = idempotency }
        let reply = try await front.send(.post, path, headers: headers, body: body)
        #expect(reply.status == status, "\(path): \(reply.text)")
        let json = try JSONValue(parsing: Array(reply.text.utf8))
        if let seconds = json["retry_after"] { #expect(.string(reply.headers[.retryAfter] ?? "") == seconds.asText) }
        return json
    }
}

extension JSONValue {
    /// The elements of an array.
    var items: [JSONValue] {
        if case .array(let elements) = self { elements } else { [] }
    }

    /// A number as the text of a header.
    fileprivate var asText: JSONValue {
        if case .number(let text) = self { .string(text) } else { self }
    }
}

/// Lends the routes, with the desk at work.
func withPreflight(
    failMode: FailMode = .closed,
    unpricedMode: UnpricedMode = .deny,
    _ body: @Sendable (PreflightRig, LocalRedis) async throws -> Void
) async throws {
    try await withPrivateRedis { redis, url in
        let rig = try await PreflightRig(url: url, failMode: failMode, unpricedMode: unpricedMode)
        try await withThrowingTaskGroup { group in
            group.addTask { try await rig.desk.run() }
            try await body(rig, redis)
            group.cancelAll()
            try await group.waitForAll()
        }
    }
}

/// The time of a test, moved by hand.
final class PreflightClock: WallClock {
    private let time = Mutex(Timestamp(seconds: 1_795_428_000))

    var now: Timestamp { time.withLock { $0 } }

    func advance(by duration: Duration) {
        time.withLock { $0 = $0.adding(duration) }
    }
}

/// A ledger that has seen what a test says.
final class FixedObservations: LedgerObservations {
    let tokens = Mutex<Int64?>(nil)
    let cost = Mutex<Money?>(nil)
    let questions = Mutex(0)

    func outputTokens(of model: LedgerModel, in workspace: String, since: Timestamp) async throws -> Int64? {
        questions.withLock { $0 += 1 }
        return tokens.withLock { $0 }
    }

    func eventCost(in workspace: String, since: Timestamp) async throws -> Money? {
        cost.withLock { $0 }
    }
}

/// Makes counters ready at once, when it is told to work.
final class FixedKeeper: CounterKeeping {
    let works = Mutex(true)
    private let pool: RedisPool
    private let partition: Partition

    init(pool: RedisPool, partition: Partition) {
        self.pool = pool
        self.partition = partition
    }

    func makeReady(
        _ counters: [CounterCatalogue.Counter],
        within patience: Duration
    ) async throws(CounterError) -> Bool {
        guard works.withLock({ $0 }) else { return false }
        do {
            for counter in counters { try await fill(counter.name, spent: .zero) }
            return true
        } catch {
            return false
        }
    }

    func fill(_ name: String, spent: MoneySum) async throws {
        let counters = RedisCounters(pool: pool)
        let use = CounterUse(name: name)
        let start = try await counters.beginRebuild(partition, [use], generation: 1)
        try await counters.attachHolds(partition, to: [use])
        let delta = CounterDelta(counter: use, sum: spent, events: 0, unpriced: 0)
        _ = try await counters.finishRebuild(partition, generation: 1, epoch: start.epoch, adding: [delta])
    }
}
