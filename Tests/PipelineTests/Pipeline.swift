import Access
import CoreMetrics
import Directory
import Domain
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Ledger
import Logging
import PriceBook
import ServiceLifecycle
import ServiceRuntime
import Streams
import TestSupport

@testable import Analytics
@testable import Ingest
import PriceDesk
@testable import Pricing

/// ingest, pricing and analytics over streams and stores in memory, and their routes without a socket.
///
/// budget is not here: its counters live in Redis functions and have no twin.
struct Pipeline {
    let front: HTTPFront
    let ledger = InMemoryLedgerStore()
    let streams = InMemoryStreams(now: { 1_795_428_000_000 })
    let prices: InMemoryPriceStore
    let book: PriceBookHolder
    let cache: PriceCache
    let driver: CorrectionDriver
    let watch: UnpricedWatch
    private let directory: DirectoryCache
    private let store = InMemoryDirectoryStore()
    private let accounts = InMemoryAccountStore()
    private let commits: PerEventLoop<GroupCommit>
    private let keys: [String: RawKey]

    /// The time that all clocks show.
    static let now = Timestamp(seconds: 1_795_428_000)

    struct FixedClock: WallClock {
        var now: Timestamp { Pipeline.now }
    }

    private init() async throws {
        for workspace in ["acme", "growth"] {
            try await store.create(Workspace(id: workspace, createdAt: Self.now))
        }
        keys = try await Self.makeKeys(in: store)
        let clock = FixedClock()
        let metrics = IngestMetrics(factory: NOOPMetricsHandler.instance)
        directory = DirectoryCache(
            store: store,
            verifier: KeyVerifier(wallClock: clock),
            sessions: SessionVerifier(source: accounts, wallClock: clock),
            logger: .quiet
        )
        try await directory.load()
        commits = PerEventLoop { [streams] _ in GroupCommit(producer: streams, metrics: metrics) }
        var configuration = IngestConfiguration()
        // Time stands still here: a window would never end.
        configuration.traces.window = .zero
        let desk = IntakeDesk(
            authenticator: directory.authenticator,
            directory: directory,
            configuration: configuration,
            partitioning: streams.partitioning,
            commits: commits,
            gate: PressureGate(producer: streams, logger: .quiet),
            clock: clock,
            metrics: metrics
        )
        prices = try await ShippedPrices.shared.makeStore()
        book = PriceBookHolder(zones: .calendars, aliases: try ShippedPrices.catalogue().aliases)
        let contents = ContentKeeper(store: prices)
        cache = PriceCache(store: prices, logger: .quiet, onChange: book.replace)
        try await cache.load()
        driver = CorrectionDriver(
            ledger: ledger,
            book: book,
            contents: contents,
            configuration: CorrectionDriver.Configuration(owner: "test"),
            metrics: CorrectionMetrics(factory: NOOPMetricsHandler.instance),
            clock: clock,
            logger: .quiet
        )
        watch = UnpricedWatch(ledger: ledger, book: book, clock: clock, logger: .quiet)
        let authenticator = directory.authenticator
        let isKnown: @Sendable (String) async -> Bool = { ["acme", "growth"].contains($0) }
        let routes: [@Sendable (Router<OliverRequestContext>) -> Void] = [
            RecordRoute(desk: desk).add,
            TracesRoute(desk: desk).add,
            EventsRoute(desk: desk).add,
            EstimateRoute(authenticator: authenticator, book: book, clock: clock).add,
            ReportRoutes(authenticator: authenticator, ledger: ledger, clock: clock).add,
            OverrideRoutes(
                authenticator: authenticator,
                store: prices,
                cache: cache,
                hasWorkspace: isKnown,
                clock: clock
            ).add,
            RepriceRoutes(authenticator: authenticator, ledger: ledger, book: book, clock: clock).add,
            UnpricedRoutes(authenticator: authenticator, ledger: ledger, hasWorkspace: isKnown, clock: clock).add,
            ExplainRoute(authenticator: authenticator, ledger: ledger, store: prices).add,
            PriceInsightRoutes(
                authenticator: authenticator,
                ledger: ledger,
                book: book,
                store: prices,
                clock: clock
            ).add,
        ]
        let parts = routes.map { ServiceParts(name: "test", routes: $0) }
        front = HTTPFront(parts: parts, registry: PrometheusRegistry(), logger: .quiet, clock: clock)
        consumers = [
            Self.loop(
                .raw,
                .pricing,
                streams,
                PricingHandler(
                    streams: streams,
                    book: book,
                    contents: contents,
                    volumes: MonthVolumes(ledger: ledger, clock: clock),
                    metrics: PricingMetrics(factory: NOOPMetricsHandler.instance)
                )
            ),
            Self.loop(
                .priced,
                .ledger,
                streams,
                LedgerHandler(
                    ledger: ledger,
                    mirrors: MirrorKeeper(store: store, clock: clock),
                    writer: "test",
                    metrics: AnalyticsMetrics(factory: NOOPMetricsHandler.instance),
                    clock: clock
                )
            ),
        ]
    }

    private let consumers: [ConsumerLoop]

    private static func makeKeys(in store: InMemoryDirectoryStore) async throws -> [String: RawKey] {
        let administration = KeyAdministration(store: store, clock: FixedClock())
        func make(_ name: String, _ scopes: Scopes, _ workspace: String?) async throws -> (APIKey, RawKey) {
            try await administration.create(
                name: name,
                scopes: scopes,
                workspace: workspace,
                sourceApp: "app-\(name)",
                createdBy: "test"
            )
        }
        let revoked = try await make("revoked", .standard, "acme")
        _ = try await administration.revoke(id: revoked.0.id, by: "test")
        return [
            "admin": try await make("admin", .admin, nil).1,
            "acme": try await make("acme", [.record, .read], "acme").1,
            "reader": try await make("reader", .read, "acme").1,
            "reporter": try await make("reporter", [.record, .reportCost], "acme").1,
            "revoked": revoked.1,
        ]
    }

    private static func loop(
        _ stream: StreamKind,
        _ group: ConsumerGroup,
        _ streams: InMemoryStreams,
        _ handler: any BatchHandler
    ) -> ConsumerLoop {
        ConsumerLoop(
            ConsumerConfiguration(stream: stream, group: group, consumer: "test"),
            streams: streams,
            handler: handler,
            logger: .quiet
        )
    }

    /// Runs the services around a body.
    static func run(_ body: (Pipeline) async throws -> Void) async throws {
        let pipeline = try await Pipeline()
        try await pipeline.streams.prepare()
        try await withThrowingTaskGroup { group in
            group.addTask { try await OnEventLoops(pipeline.commits).run() }
            for consumer in pipeline.consumers {
                group.addTask { try? await consumer.run() }
            }
            try await body(pipeline)
            group.cancelAll()
        }
    }

    /// Hides a workspace.
    func hide(_ workspace: String) async throws {
        let edit = DirectoryEdit("workspace.update", by: "test", at: Self.now)
        try await store.change(workspace: workspace, edit) { $0.isHidden = true }
        try await directory.load()
    }

    /// Posts a body with a key, `admin` unless told otherwise.
    func post(
        _ path: String,
        key: String? = "admin",
        headers: HTTPFields = [:],
        _ body: String
    ) async throws -> HTTPReply {
        var headers = headers
        if let raw = key.flatMap({ keys[$0] }) { headers[.authorization] = "Bearer \(raw.text)" }
        return try await front.send(.post, path, headers: headers, body: body)
    }

    /// Asks for a report with a key.
    func get(_ path: String, key: String = "admin") async throws -> HTTPReply {
        var headers = HTTPFields()
        if let raw = keys[key] { headers[.authorization] = "Bearer \(raw.text)" }
        return try await front.send(.get, path, headers: headers)
    }

    /// Signs somebody in who has these roles: their cookie.
    func signIn(_ grants: [Grant]) async throws -> String {
        let person = try await AccountAdministration(store: accounts, author: "test", clock: FixedClock())
            .create(email: nil, name: "Ada", grants: grants)
        let token = SessionToken.generate()
        let session = NewSession(
            hash: token.hash,
            personID: person.id,
            method: "test",
            isSecure: false,
            createdAt: Self.now,
            expiresAt: Self.now.adding(.seconds(60))
        )
        try await accounts.open(session, replacing: nil, audit: .person("test", person, by: "test"))
        return "oliver_session=\(token.text)"
    }

    /// Asks for a report as somebody who has signed in.
    func get(_ path: String, cookie: String) async throws -> HTTPReply {
        try await front.send(.get, path, headers: [.cookie: cookie])
    }

    /// Waits until nothing is on its way.
    func settle() async throws {
        while try await streams.lag().contains(where: { $0.group != .budget && ($0.behind > 0 || $0.pending > 0) }) {
            try await Task.sleep(for: .milliseconds(2))
        }
    }
}

/// An answer's JSON, for looking into.
func decode<Value: Decodable>(_ type: Value.Type = Value.self, _ reply: HTTPReply) throws -> Value {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(type, from: Data(reply.text.utf8))
}

struct RecordAnswer: Decodable {
    struct Item: Decodable {
        struct Problem: Decodable {
            struct Parameter: Decodable { var name, code: String }
            var type: String
            var invalidParameters: [Parameter]?
        }
        var index: Int
        var eventId: String?
        var minted: Bool?
        var status: String
        var problem: Problem?
    }
    var accepted, duplicates, rejected: Int
    var items: [Item]
}

struct Summary: Decodable {
    var costUsd: String
    var events, unpricedEvents, inputTokens, outputTokens: Int
}
