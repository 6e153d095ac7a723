package import CoreMetrics
package import Domain
package import Logging
package import PriceBook
internal import ServiceLifecycle
import Synchronization

/// The catalogue in use: the shipped one, or a file whose edits are taken over while the service runs.
///
/// The file is looked at each second and read once it has stayed the same from one look to the next, so that nothing
/// half-written is read. What cannot be used is logged once and changes nothing: the last good catalogue stays.
package final class CatalogueSource: Service {
    /// What is in use.
    package struct Current: Sendable {
        /// Grows by one with each change, from 1.
        package var revision: Int
        package var catalogue: Catalogue
        /// The prices that hold with the chosen plans.
        package var prices: [PriceEntry]

        /// The prices as versions of the source `catalogue`, for a price book.
        package func versions(recordedAt time: Timestamp) -> [PriceVersion] {
            prices.map { PriceVersion(source: .catalogue, entry: $0, recordedAt: time) }
        }
    }

    /// How it works.
    package struct Configuration: Sendable {
        /// The file; `nil` for the shipped catalogue, which never changes.
        package var path: String?
        /// The plan by provider; the catalogue's default for all others.
        package var plans: [String: String] = [:]
        /// The pause between two looks at the file.
        package var pollInterval: Duration = .seconds(1)

        package init(path: String? = nil, plans: [String: String] = [:]) {
            self.path = path
            self.plans = plans
        }
    }

    private struct State {
        var current: Current
        /// How the file looked when it was last read, with success or without.
        var read: CatalogueFile.Sight?
        /// How it looked a moment ago, when that is new.
        var pending: CatalogueFile.Sight?
    }

    private let configuration: Configuration
    private let file: CatalogueFile?
    private let metrics: CatalogueMetrics
    private let logger: Logger
    private let clock: any Clock<Duration>
    private let onChange: @Sendable (Current) async -> Void
    private let state: Mutex<State>
    private let isRunning = Atomic(false)

    /// Reads the catalogue.
    ///
    /// - Parameters:
    ///   - configuration: Where it is, and which plans hold.
    ///   - metrics: Where its metrics go.
    ///   - logger: For edits and what is wrong with them.
    ///   - clock: Times the looks at the file.
    ///   - onChange: Called by `run()` with each further catalogue, one after the other.
    /// - Throws: `CatalogueError`: at start there is no last good catalogue to stay with.
    package init(
        _ configuration: Configuration,
        metrics: any MetricsFactory,
        logger: Logger,
        clock: any Clock<Duration> = ContinuousClock(),
        onChange: @escaping @Sendable (Current) async -> Void = { _ in }
    ) throws(CatalogueError) {
        self.configuration = configuration
        self.metrics = CatalogueMetrics(factory: metrics)
        self.logger = logger
        self.clock = clock
        self.onChange = onChange
        var sight: CatalogueFile.Sight?
        let catalogue: Catalogue
        if let path = configuration.path {
            file = CatalogueFile(path: path)
            (catalogue, sight) = try CatalogueFile.read(path)
        } else {
            file = nil
            catalogue = try CatalogueFile.shipped()
        }
        let prices = try catalogue.prices(choosing: configuration.plans)
        let current = Current(revision: 1, catalogue: catalogue, prices: prices)
        state = Mutex(State(current: current, read: sight))
        self.metrics.loaded(prices: prices.count)
    }

    /// What is in use now.
    package var current: Current {
        state.withLock { $0.current }
    }

    /// The other names of models, always as they are in use.
    package var aliases: PriceAliases {
        PriceAliases { [self] provider, model in
            current.catalogue.names.aliases.canonical(provider, model)
        } otherNames: { [self] provider in
            current.catalogue.names.aliases.otherNames(provider)
        }
    }

    /// Watches the file until it is cancelled or asked to stop.
    package func run() async throws {
        precondition(!isRunning.exchange(true, ordering: .relaxed), "CatalogueSource.run() was called twice")
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do { try await self.clock.sleep(for: self.configuration.pollInterval) } catch { return }
                if let file = self.file { await self.look(at: file) }
            }
        }
    }

    /// Looks at the file once, and reads it when it has changed and rests.
    private func look(at file: CatalogueFile) async {
        let sight = await file.look()
        let isDue = state.withLock { state in
            if sight == state.read {
                state.pending = nil
                return false
            }
            defer { state.pending = sight }
            return sight == state.pending
        }
        guard isDue else { return }
        do throws(CatalogueError) {
            let (catalogue, sight) = try await file.read()
            let prices = try catalogue.prices(choosing: configuration.plans)
            await adopt(catalogue, prices, sight)
        } catch {
            refuse(error, sight)
        }
    }

    private func adopt(_ catalogue: Catalogue, _ prices: [PriceEntry], _ sight: CatalogueFile.Sight) async {
        let changed: Current? = state.withLock { state in
            state.read = sight
            state.pending = nil
            guard state.current.catalogue != catalogue else { return nil }
            state.current = Current(revision: state.current.revision + 1, catalogue: catalogue, prices: prices)
            return state.current
        }
        metrics.loaded(prices: prices.count)
        logger.notice("the catalogue was read again", metadata: metadata(["prices": "\(prices.count)"]))
        if let changed { await onChange(changed) }
    }

    private func refuse(_ error: CatalogueError, _ sight: CatalogueFile.Sight) {
        state.withLock { state in
            state.read = sight
            state.pending = nil
        }
        metrics.refused()
        logger.error(
            "the catalogue cannot be used, the last good one stays",
            metadata: metadata(["problems": .array(error.problems.map { "\($0)" })])
        )
    }

    private func metadata(_ values: Logger.Metadata) -> Logger.Metadata {
        values.merging(["catalogue": "\(configuration.path ?? "shipped")"]) { value, _ in value }
    }
}
