internal import Access
internal import BudgetBook
internal import Budgets
internal import Directory
internal import Ledger

/// What commands about counters need.
extension Installation {
    var ledger: PostgresLedgerStore {
        PostgresLedgerStore(pool: postgres, logger: logger, partitioning: partitioning)
    }

    /// What is counted, of one workspace or of all.
    func counterCatalogue(of workspace: String? = nil) async throws -> CounterCatalogue {
        let store = PostgresDirectoryStore(pool: postgres)
        let directory = DirectoryCache(store: store, verifier: KeyVerifier(), logger: logger)
        try await directory.load()
        let budgets = BudgetCache(store: PostgresBudgetStore(pool: postgres), logger: logger)
        try await budgets.load()
        var catalogue = CounterCatalogueCache(directory: directory, budgets: budgets).current
        if let workspace { catalogue.workspaces = catalogue.workspaces.filter { $0.key == workspace } }
        return catalogue
    }
}
