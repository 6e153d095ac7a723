internal import Backends
internal import Directory
internal import Domain
internal import Foundation
internal import Hummingbird
internal import PriceBook
internal import ServiceLifecycle
internal import ServiceRuntime

/// What pricing keeps prices with: the store, this replica's copy of it, the sync and their routes.
struct PriceKeeping {
    let cache: PriceCache
    let sync: PriceSync
    private let store: PostgresPriceStore

    /// The key of the price map that a provider's model is priced by, as the present book resolves its name.
    typealias Resolve = @Sendable (_ provider: String, _ model: String) -> String?

    /// Connects it to the servers; reads and writes nothing yet.
    ///
    /// - Parameters:
    ///   - settings: Where the map is and how often it is read.
    ///   - context: What the service was given.
    ///   - backends: The servers, whose schema has ``PriceSchema/migrations``.
    ///   - resolve: Tells which models of the map are in use.
    ///   - onChange: Given each new copy of the prices; see ``PriceCache``.
    init(
        _ settings: PricingConfiguration,
        _ context: BuildContext,
        backends: Backends,
        resolve: @escaping Resolve,
        onChange: @escaping @Sendable (PriceSnapshot) -> Void
    ) {
        store = PostgresPriceStore(pool: backends.postgres)
        cache = PriceCache(store: store, logger: context.logger, onChange: onChange)
        let (cache, cached) = (cache, UsedKeys(resolve: resolve))
        var limits = PriceMapFetcher.Limits()
        limits.time = settings.syncTimeout
        var configuration = PriceSync.Configuration()
        configuration.url = settings.sync ? settings.priceMapURL : nil
        configuration.interval = settings.syncInterval
        sync = PriceSync(
            parts: PriceSync.Parts(
                store: store,
                cache: cache,
                source: PriceMapFetcher(limits: limits),
                used: LedgerUsedModels(pool: backends.postgres) { cached.keys(of: $0, in: cache.current) },
                producer: backends.streams,
                metrics: PriceSyncMetrics(factory: context.metrics)
            ),
            configuration: configuration,
            instance: context.common.instance,
            clock: context.clock,
            logger: context.logger
        )
    }

    /// Loads the prices; takes the shipped map over when it is news.
    ///
    /// - Throws: ``PriceMapError`` when there are no prices at all, ``PriceStoreError``.
    func prepare(shippedMap path: String?) async throws {
        try await cache.load()
        let record = try await sync.importShipped(try PriceBook.mapBytes(path: path))
        guard !cache.current.openMapVersions.isEmpty else {
            throw PriceMapError(message: "The price map cannot be used. \(record?.detail ?? "")")
        }
    }

    /// What runs beside the consumers.
    var services: [any Service] { [cache, sync] }

    /// Adds the routes of prices, overrides, syncs and changes.
    func add(
        to router: Router<OliverRequestContext>,
        directory: DirectoryCache,
        resolve: @escaping Resolve,
        clock: any WallClock
    ) {
        let authenticator = directory.authenticator
        OverrideRoutes(
            authenticator: authenticator,
            store: store,
            cache: cache,
            hasWorkspace: { await directory.findWorkspace($0) != nil },
            clock: clock
        ).add(to: router)
        SyncRoutes(authenticator: authenticator, store: store, cache: cache, sync: sync, clock: clock)
            .add(to: router)
        PriceRoutes(authenticator: authenticator, cache: cache, resolve: resolve, clock: clock).add(to: router)
    }
}

/// Which keys of the map a model in use stands for.
struct UsedKeys: Sendable {
    let resolve: PriceKeeping.Resolve

    /// The key that the model's name resolves to, and those of images of its sizes and qualities, whose keys begin with
    /// them.
    func keys(of used: UsedModel, in snapshot: PriceSnapshot) -> [String] {
        let ending = "/" + (used.model.split(separator: "/").last.map(String.init) ?? used.model).lowercased()
        let images = snapshot.versions.filter { version in
            version.source == .litellm && version.entry.mode?.hasPrefix("image") == true
                && version.entry.key.lowercased().hasSuffix(ending)
        }
        return (resolve(used.provider, used.model).map { [$0] } ?? []) + images.map(\.entry.key)
    }
}
