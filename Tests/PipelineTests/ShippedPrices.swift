import CoreMetrics
import PriceBook
import Streams
import Synchronization
import TestSupport

import PriceDesk
@testable import Pricing

/// Stores with the shipped map and catalogue, as pricing makes them at its first start; read once, then copied.
actor ShippedPrices {
    static let shared = ShippedPrices()

    private var first: Task<InMemoryPriceStore, any Error>?

    /// A store of one's own.
    func makeStore() async throws -> InMemoryPriceStore {
        let made = first ?? Task { try await Self.read() }
        first = made
        let original = try await made.value.state.withLock { $0 }
        let copy = InMemoryPriceStore()
        copy.state.withLock { $0 = original }
        return copy
    }

    private static func read() async throws -> InMemoryPriceStore {
        let store = InMemoryPriceStore()
        var configuration = PriceSync.Configuration()
        configuration.url = nil
        let sync = PriceSync(
            parts: PriceSync.Parts(
                store: store,
                cache: PriceCache(store: store, logger: .quiet),
                source: PriceMapFetcher(limits: PriceMapFetcher.Limits()),
                used: FixedUsedModels(),
                producer: InMemoryStreams(now: { 1_795_428_000_000 }),
                metrics: PriceSyncMetrics(factory: NOOPMetricsHandler.instance)
            ),
            configuration: configuration,
            instance: "test",
            clock: Pipeline.FixedClock(),
            logger: .quiet
        )
        try await sync.importShipped(try PriceBook.mapBytes(path: nil))
        _ = try await store.replaceCatalogue(try catalogue().current.prices, by: "test", at: Pipeline.now)
        return store
    }

    /// The shipped catalogue.
    static func catalogue() throws -> CatalogueSource {
        try CatalogueSource(CatalogueSource.Configuration(), metrics: NOOPMetricsHandler.instance, logger: .quiet)
    }
}
