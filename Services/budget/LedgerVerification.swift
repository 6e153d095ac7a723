package import Domain
package import Ledger
package import Redis
package import Streams

/// Compares what was counted with what was kept, to the pico-dollar.
///
/// Ledger and rollups agree at any time, counters when nothing is on its way to them.
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
        /// Every counter, and what it should hold.
        package var comparisons: [CounterRebuilder.Comparison]

        package var isConsistent: Bool {
            ledger == rollups && comparisons.allSatisfy { $0.counter == $0.total }
        }
    }

    /// Compares all counters of the workspaces of a catalogue, and their rollups.
    package func run(_ catalogue: CounterCatalogue, now: Timestamp) async throws -> VerificationReport {
        var comparisons: [String: [CounterRebuilder.Comparison]] = [:]
        for (partition, names) in try await reconciliation.names(catalogue, now: now) {
            for start in stride(from: 0, to: names.count, by: CounterRebuilder.batchLimit) {
                let some = Array(names[start..<min(start + CounterRebuilder.batchLimit, names.count)])
                for comparison in try await rebuilder.compare(some, in: partition, source: .events) {
                    comparisons[comparison.name.workspace, default: []].append(comparison)
                }
            }
        }
        var results: [Result] = []
        for workspace in catalogue.workspaces.keys.sorted() {
            var everything = LedgerQuery(workspaces: [workspace], from: .distantPast, to: .distantFuture)
            everything.source = .events
            let ledgerTotals = try await ledger.totals(everything)
            everything.source = .rollups
            results.append(
                Result(
                    workspace: workspace,
                    ledger: ledgerTotals,
                    rollups: try await ledger.totals(everything),
                    comparisons: (comparisons[workspace] ?? []).sorted { $0.name.text < $1.name.text }
                )
            )
        }
        return VerificationReport(results: results)
    }
}
