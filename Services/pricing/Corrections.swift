internal import Directory
internal import Hummingbird
internal import Ledger
internal import PriceDesk
internal import ServiceLifecycle
internal import ServiceRuntime

/// What pricing corrects the ledger with: who works on jobs, who orders them, and their routes.
struct Corrections {
    /// What runs beside the consumers.
    let services: [any Service]
    private let ledger: PostgresLedgerStore
    private let prices: any PriceStore
    private let book: PriceBookHolder
    private let context: BuildContext

    init(
        _ context: BuildContext,
        ledger: PostgresLedgerStore,
        prices: any PriceStore,
        book: PriceBookHolder,
        contents: ContentKeeper
    ) {
        self.ledger = ledger
        self.prices = prices
        self.book = book
        self.context = context
        services = [
            CorrectionDriver(
                ledger: ledger,
                book: book,
                contents: contents,
                configuration: CorrectionDriver.Configuration(owner: context.common.instance),
                metrics: CorrectionMetrics(factory: context.metrics),
                clock: context.clock,
                logger: context.logger
            ),
            UnpricedWatch(ledger: ledger, book: book, clock: context.clock, logger: context.logger),
            TrueUpSchedule(ledger: ledger, book: book, clock: context.clock, logger: context.logger),
        ]
    }

    /// Adds the routes of repricing, adjustments, what has no price and what prices made of the spend.
    func add(to router: Router<OliverRequestContext>, directory: DirectoryCache) {
        let largeReads = LargeReads()
        RepriceRoutes(
            authenticator: directory.authenticator,
            ledger: ledger,
            book: book,
            largeReads: largeReads,
            clock: context.clock
        ).add(to: router)
        UnpricedRoutes(
            authenticator: directory.authenticator,
            ledger: ledger,
            hasWorkspace: { await directory.findWorkspace($0) != nil },
            clock: context.clock
        ).add(to: router)
        ExplainRoute(authenticator: directory.authenticator, ledger: ledger, store: prices).add(to: router)
        PriceInsightRoutes(
            authenticator: directory.authenticator,
            ledger: ledger,
            book: book,
            store: prices,
            largeReads: largeReads,
            clock: context.clock
        ).add(to: router)
    }
}
