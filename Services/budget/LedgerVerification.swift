package import Domain
package import Ledger
package import Redis
package import Streams

/// Compares what was counted with what was kept, to the pico-dollar.
///
/// Ledger, rollups and the sums of closed periods agree at any time, counters when nothing is on its way to them. Rows that
/// were dropped for their age enter by the sums that were taken of them then. A counter that is being rebuilt, as one is
/// soon after its first event, is waited for.
package struct LedgerVerification: Sendable {
    private let ledger: any LedgerStore
    private let counters: RedisCounters
    private let rebuilder: CounterRebuilder
    private let reconciliation: CounterReconciliation
    private let patience: Duration
    private let time: LoopTime

    /// Waits for rebuilds for as long as `patience`, all together.
    package init(
        ledger: any LedgerStore,
        counters: RedisCounters,
        partitioning: Partitioning,
        patience: Duration = .seconds(20),
        time: LoopTime = .system
    ) {
        self.ledger = ledger
        self.counters = counters
        self.patience = patience
        self.time = time
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
        package var counters: [Counter]

        package var isConsistent: Bool {
            ledger == rollups && differingPeriods.isEmpty && counters.allSatisfy(\.isConsistent)
        }
    }

    /// A counter beside what it should hold.
    package struct Counter: Sendable {
        package var comparison: CounterRebuilder.Comparison
        /// Whether it says that it holds everything; otherwise it is about to be rebuilt, and nothing is decided by it.
        package var isReady: Bool

        package var isConsistent: Bool { comparison.counter == comparison.total }
    }

    /// Compares all counters of the workspaces of a catalogue, and their rollups.
    package func run(_ catalogue: CounterCatalogue, now: Timestamp) async throws -> VerificationReport {
        var dropped: [String: LedgerTotals] = [:]
        for workspace in catalogue.workspaces.keys {
            dropped[workspace] = try await ledger.droppedTotals(of: workspace)
        }
        let counters = try await compare(catalogue, now: now) { dropped[$0, default: .zero] == .zero }
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
                    counters: (counters[workspace] ?? []).sorted { $0.comparison.name.text < $1.comparison.name.text }
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
    ) async throws -> [String: [Counter]] {
        var found: [String: [Counter]] = [:]
        let deadline = time.now() + patience
        for (partition, all) in try await reconciliation.names(catalogue, now: now) {
            for (source, names) in [
                (LedgerQuery.Source.events, all.filter { hasAllRows($0.workspace) }),
                (.best, all.filter { !hasAllRows($0.workspace) }),
            ] {
                for start in stride(from: 0, to: names.count, by: CounterRebuilder.batchLimit) {
                    let some = Array(names[start..<min(start + CounterRebuilder.batchLimit, names.count)])
                    for counter in try await compare(some, in: partition, source, until: deadline) {
                        found[counter.comparison.name.workspace, default: []].append(counter)
                    }
                }
            }
        }
        return found
    }

    /// Compares counters, those that differ while they are being rebuilt again and again.
    private func compare(
        _ names: [CounterName],
        in partition: Partition,
        _ source: LedgerQuery.Source,
        until deadline: Duration
    ) async throws -> [Counter] {
        var found = try await look(at: names, in: partition, source)
        while true {
            let open = found.indices.filter { !found[$0].isConsistent && !found[$0].isReady }
            guard !open.isEmpty, time.now() < deadline else { return found }
            try await time.sleep(Self.interval)
            let again = try await look(at: open.map { found[$0].comparison.name }, in: partition, source)
            for (index, counter) in zip(open, again) { found[index] = counter }
        }
    }

    private static let interval = Duration.milliseconds(100)

    /// Compares counters, having asked before whether they are ready: one that was, and differs, is wrong.
    private func look(
        at names: [CounterName],
        in partition: Partition,
        _ source: LedgerQuery.Source
    ) async throws -> [Counter] {
        let values = try await counters.values(partition, names: names.map(\.text))
        let comparisons = try await rebuilder.compare(names, in: partition, source: source)
        return zip(values, comparisons).map { Counter(comparison: $1, isReady: $0?.isReady == true) }
    }
}
