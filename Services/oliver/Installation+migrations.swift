internal import Alerts
internal import BudgetBook
internal import Directory
internal import Ledger
internal import Postgres
internal import PriceDesk

extension Installation {
    /// The steps that make the tables of all services, in their order.
    static let migrations: [Migration] =
        Directory.migrations + BudgetSchema.migrations + LedgerSchema.migrations + PriceSchema.migrations
        + AlertSchema.migrations
}
