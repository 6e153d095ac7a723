package import Logging
package import PriceDesk
internal import ServiceLifecycle
package import ServiceRuntime

/// Brings the catalogue in use into the price store, from where all replicas price.
package final class CatalogueKeeper: Service {
    private let source: CatalogueSource
    private let store: any PriceStore
    private let author: String
    private let clock: any WallClock
    private let timer: any Clock<Duration>
    private let logger: Logger

    /// Makes a keeper; `author` is who the store says changed the catalogue.
    package init(
        source: CatalogueSource,
        store: any PriceStore,
        author: String,
        clock: any WallClock,
        timer: any Clock<Duration> = ContinuousClock(),
        logger: Logger
    ) {
        self.source = source
        self.store = store
        self.author = author
        self.clock = clock
        self.timer = timer
        self.logger = logger
    }

    /// Stores what is in use now.
    ///
    /// - Returns: Its revision.
    /// - Throws: ``PriceStoreError``.
    @discardableResult
    package func store() async throws -> Int {
        let current = source.current
        let changed = try await store.replaceCatalogue(current.prices, by: author, at: clock.now)
        if changed > 0 { logger.notice("the catalogue's prices changed", metadata: ["versions": "\(changed)"]) }
        return current.revision
    }

    /// Stores each further catalogue, and tries again while the store is away, until it is asked to stop.
    package func run() async throws {
        // What was in use at the start is stored before anything is priced.
        var stored = source.current.revision
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            if source.current.revision != stored {
                do {
                    stored = try await store()
                } catch is CancellationError {
                    return
                } catch {
                    logger.warning("the catalogue cannot be stored yet", metadata: ["error": "\(error)"])
                }
            }
            try? await cancelWhenGracefulShutdown { try await self.timer.sleep(for: .seconds(1)) }
        }
    }
}
