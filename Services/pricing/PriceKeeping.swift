internal import Backends
internal import Directory
internal import Domain
internal import Foundation
internal import Hummingbird
internal import PriceBook
internal import PriceDesk
internal import ServiceLifecycle
internal import ServiceRuntime

/// What pricing keeps prices with: the store, this replica's copy of it, the sync and their routes.
struct PriceKeeping {
    let cache: PriceCache
    let sync: PriceSync
    /// The book that is made of the copy.
    let holder: PriceBookHolder
    let store: PostgresPriceStore
    private let catalogue: CatalogueSource
    private let catalogueKeeper: CatalogueKeeper
    private let clock: any WallClock

    /// Connects it to the servers; reads and writes nothing yet.
    ///
    /// - Parameters:
    ///   - settings: Where the map is and how often it is read.
    ///   - context: What the service was given.
    ///   - backends: The servers, whose schema has ``PriceSchema/migrations``.
    ///   - holder: Given each new copy of the prices.
    ///   - catalogue: What it has goes into the store.
    init(
        _ settings: PricingConfiguration,
        _ context: BuildContext,
        backends: Backends,
        holder: PriceBookHolder,
        catalogue: CatalogueSource
    ) {
        self.holder = holder
        self.catalogue = catalogue
        clock = context.clock
        store = PostgresPriceStore(pool: backends.postgres)
        catalogueKeeper = CatalogueKeeper(
            source: catalogue,
            store: store,
            author: context.common.instance,
            clock: context.clock,
            logger: context.logger
        )
        cache = PriceCache(store: store, logger: context.logger, onChange: holder.replace)
        let (cache, clock) = (cache, clock)
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
                used: LedgerUsedModels(pool: backends.postgres) { model in
                    model.keys(in: cache.current, holder, at: clock.now)
                },
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
        try await catalogueKeeper.store()
        try await cache.load()
    }

    /// What runs beside the consumers.
    var services: [any Service] { [cache, sync, catalogue, catalogueKeeper] }

    /// Adds the routes of prices, overrides, syncs and changes.
    func add(to router: Router<OliverRequestContext>, directory: DirectoryCache) {
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
        let (holder, clock) = (holder, clock)
        PriceRoutes(
            authenticator: authenticator,
            cache: cache,
            resolve: { holder.mapKey(provider: $0, model: $1, at: clock.now) },
            clock: clock
        ).add(to: router)
    }
}

extension UsedModel {
    /// The keys of the price map that the model stands for: the one that its name resolves to, and those of images of its
    /// sizes and qualities, whose keys begin with them.
    func keys(in snapshot: PriceSnapshot, _ holder: PriceBookHolder, at time: Timestamp) -> [String] {
        let ending = "/" + (model.split(separator: "/").last.map(String.init) ?? model).lowercased()
        let images = snapshot.versions.filter { version in
            version.source == .litellm && version.entry.mode?.hasPrefix("image") == true
                && version.entry.key.lowercased().hasSuffix(ending)
        }
        let resolved = holder.mapKey(provider: provider, model: model, at: time)
        return (resolved.map { [$0] } ?? []) + images.map(\.entry.key)
    }
}
