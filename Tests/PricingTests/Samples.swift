import CoreMetrics
import Domain
import PriceBook
import PriceDesk
@testable import Pricing
import ServiceRuntime
import Streams
import Synchronization
import TestSupport
import Wire

/// The time of a test, moved by hand.
final class ManualWallClock: WallClock {
    private let time = Mutex(Timestamp(seconds: 1_795_428_000))

    var now: Timestamp { time.withLock { $0 } }

    func advance(by duration: Duration) {
        time.withLock { $0 = $0.adding(duration) }
    }
}

/// The text of a price map that tests change: models with their fields, each field as JSON text.
struct SampleMap {
    var models: [String: [String: String]] = [:]

    /// A map of so many chat models `model-0` … of `acme`, each with a price of its own.
    init(count: Int = 200) {
        for index in 0..<count {
            models["model-\(index)"] = [
                "litellm_provider": "\"acme\"", "mode": "\"chat\"",
                "input_cost_per_token": "0.00000\(index + 100)", "output_cost_per_token": "0.00001\(index + 100)",
                "cache_read_input_token_cost": "1e-7", "input_cost_per_token_batches": "0.0000005",
            ]
        }
    }

    subscript(model: Int, field: String) -> String? {
        get { models["model-\(model)"]?[field] }
        set { models["model-\(model)"]?[field] = newValue }
    }

    /// The map's JSON.
    var json: String {
        let entries = models.sorted { $0.key < $1.key }.map { key, fields in
            let members = fields.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value)" }
            return "\"\(key)\": {\(members.joined(separator: ", "))}"
        }
        return "{\(entries.joined(separator: ",\n"))}"
    }

    var bytes: [UInt8] { Array(json.utf8) }

    func parsed() throws -> PriceMap { try PriceMap(litellm: bytes) }
}

/// What a test's replica is made of.
struct SyncRig {
    let store: any PriceStore
    let cache: PriceCache
    let sync: PriceSync
    let used = FixedUsedModels()
    let streams: InMemoryStreams
    let clock: ManualWallClock
    let registry = PrometheusRegistry()

    /// A replica that reads the map at a URL, if any; replicas share store, streams and clock.
    init(
        url: String?,
        store: any PriceStore = InMemoryPriceStore(),
        limits: PriceMapFetcher.Limits = PriceMapFetcher.Limits(),
        streams: InMemoryStreams = InMemoryStreams(now: { 1_795_428_000_000 }),
        clock: ManualWallClock = ManualWallClock(),
        instance: String = "test-1",
        onChange: @escaping @Sendable (PriceSnapshot) -> Void = { _ in }
    ) {
        self.store = store
        self.streams = streams
        self.clock = clock
        cache = PriceCache(store: store, logger: .quiet, onChange: onChange)
        var configuration = PriceSync.Configuration()
        configuration.url = url
        configuration.backoff = Backoff(initial: .milliseconds(1), maximum: .milliseconds(5))
        sync = PriceSync(
            parts: PriceSync.Parts(
                store: store,
                cache: cache,
                source: PriceMapFetcher(limits: limits),
                used: used,
                producer: streams,
                metrics: PriceSyncMetrics(factory: registry.factory(service: "pricing"))
            ),
            configuration: configuration,
            instance: instance,
            clock: clock,
            logger: .quiet
        )
    }

    /// Syncs as somebody who asks.
    func syncNow() async throws -> SyncRecord {
        try await sync.sync(.manual, requestedBy: "tester")
    }

    /// The present rate of a model, as text.
    func rate(_ model: Int, _ name: String = "input_cost_per_token") async throws -> String? {
        try await cache.load()
        return cache.current.openMapVersions["model-\(model)"]?.entry.flatRates.first { $0.name == name }?.rate.text
    }

    /// All notices that were published.
    func notices() async throws -> [NoticeEntry] {
        try await streams.prepare()
        var all: [NoticeEntry] = []
        let reader = streams.reader(of: .notices, for: .alerts, as: "test")
        while true {
            let batch = try await reader.read(limit: 100, wait: .zero)
            if batch.isEmpty { return all }
            all += try batch.map { try NoticeEntry($0.payload) }
            _ = try await streams.acknowledge(batch, for: .alerts)
        }
    }

    /// The value of a metric by the beginning of its line.
    func metric(_ start: String) -> Double? {
        let text = String(decoding: registry.render(), as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix(start) }
        return line?.split(separator: " ").last.flatMap { Double($0) }
    }
}

func entry(_ key: String, _ json: String, from: Timestamp? = nil, to: Timestamp? = nil) throws -> PriceEntry {
    try PriceEntry(key: key, json: Array(json.utf8), validFrom: from, validTo: to)
}
