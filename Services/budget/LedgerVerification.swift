package import Domain
package import Ledger
package import Redis
package import Streams

/// Compares what was counted with what was kept, to the pico-dollar.
///
/// Ledger, rollups and the sums of closed periods agree at any time, counters when nothing is on its way to them. Rows that
/// were dropped for their age enter by the sums that were taken of them then.
package struct LedgerVerification: Sendable {
    private let ledger: any LedgerStore
    private let rebuilder: CounterRebuilder
    private let reconciliation: CounterReconciliation

    package init(ledger: any LedgerStore, counters: RedisCounters, partitioning: Partitioning) {
        self.ledger = ledger
        rebuilder = CounterRebuilder(ledger: ledger, counters: counters)
        reconciliation = CounterReconciliation(counters: counters, rebuilder: rebuilder, partitioning: partitioning)
    }

    /// The sums of one workspace.
    package struct Result: Sendable {
        package var workspace: String
        package var ledger: LedgerTotals
        package var rollups: LedgerTotals
        /// The part of the ledger whose rows were dropped.
        package var dropped: LedgerTotals
        /// Closed periods whose sums are not those of the rollups, in words.
        package var differingPeriods: [String]
        /// Every counter, and what it should hold.
        package var comparisons: [CounterRebuilder.Comparison]

        package var isConsistent: Bool {
            ledger == rollups && differingPeriods.isEmpty && comparisons.allSatisfy { $0.counter == $0.total }
        }
    }

    /// Compares all counters of the workspaces of a catalogue, and their rollups.
    package func run(_ catalogue: CounterCatalogue, now: Timestamp) async throws -> VerificationReport {
        var dropped: [String: LedgerTotals] = [:]
        for workspace in catalogue.workspaces.keys {
            dropped[workspace] = try await ledger.droppedTotals(of: workspace)
        }
        let comparisons = try await compare(catalogue, now: now) { dropped[$0, default: .zero] == .zero }
        var results: [Result] = []
        for workspace in catalogue.workspaces.keys.sorted() {
            var everything = LedgerQuery(workspaces: [workspace], from: .distantPast, to: .distantFuture)
            everything.source = .events
            var ledgerTotals = try await ledger.totals(everything)
            ledgerTotals += dropped[workspace] ?? .zero
            everything.source = .rollups
            results.append(
                Result(
                    workspace: workspace,
                    ledger: ledgerTotals,
                    rollups: try await ledger.totals(everything),
                    dropped: dropped[workspace] ?? .zero,
                    differingPeriods: try await ledger.differingPeriods(of: workspace),
                    comparisons: (comparisons[workspace] ?? []).sorted { $0.name.text < $1.name.text }
                )
            )
        }
        return VerificationReport(results: results)
    }

    /// Compares counters with rows; with rollups where rows were dropped, which are compared with the rest.
    private func compare(
        _ catalogue: CounterCatalogue,
        now: Timestamp,
        hasAllRows: (_ workspace: String) -> Bool
    ) async throws -> [String: [CounterRebuilder.Comparison]] {
        var comparisons: [String: [CounterRebuilder.Comparison]] = [:]
        for (partition, all) in try await reconciliation.names(catalogue, now: now) {
            for (source, names) in [
                (LedgerQuery.Source.events, all.filter { hasAllRows($0.workspace) }),
                (.best, all.filter { !hasAllRows($0.workspace) }),
            ] {
                for start in stride(from: 0, to: names.count, by: CounterRebuilder.batchLimit) {
                    let some = Array(names[start..<min(start + CounterRebuilder.batchLimit, names.count)])
                    for comparison in try await rebuilder.compare(some, in: partition, source: source) {
                        comparisons[comparison.name.workspace, default: []].append(comparison)
                    }
                }
            }
        }
        return comparisons
    }
}
