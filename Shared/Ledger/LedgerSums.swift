/// What verification asks of a ledger beside its reports.
///
/// A store that neither drops rows nor keeps sums of periods has nothing to tell.
extension LedgerStore {
    /// What the rows had together that were dropped for their age.
    package func droppedTotals(of workspace: String) async throws -> LedgerTotals { .zero }

    /// Closed periods whose kept sums are not those of the rollups, in words: none.
    package func differingPeriods(of workspace: String) async throws -> [String] { [] }
}
