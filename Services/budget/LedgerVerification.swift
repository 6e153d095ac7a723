package import Domain
package import Ledger
package import Redis
package import Streams

/// Compares what was counted with what was kept, to the pico-dollar.
///
/// Ledger, rollups and the sums of closed periods agree at any time, counters when nothing is on its way to them. Rows that
/// were dropped for their age enter by the sums that were taken of them then. Counters that a budget service makes by
/// itself, as it does soon after a workspace's first event, are waited for.
package struct LedgerVerification: Sendable {
    private let ledger: any LedgerStore
    private let counters: RedisCounters
    private let rebuilder: CounterRebuilder
    private let reconciliation: CounterReconciliation
    private let patience: Duration
    private let time: LoopTime

    /// Waits for budget services for as long as `patience`, all together.
    package init(
        ledger: any LedgerStore,
        counters: RedisCounters,
        partitioning: Partitioning,
        patience: Duration = defaultPatience,
        time: LoopTime = .system
    ) {
        self.ledger = ledger
        self.counters = counters
        self.patience = patience
        self.time = time
        rebuilder = CounterRebuilder(ledger: ledger, counters: counters, time: time)
        reconciliation = CounterReconciliation(
            counters: counters,
            rebuilder: rebuilder,
            partitioning: partitioning,
            time: time
        )
    }

    /// A little longer than until budget looks at all of its counters again.
    package static let defaultPatience = CounterKeeper.Configuration().sweepInterval + .seconds(5)

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
        /// Whether it said before it was compared that it holds everything; otherwise nothing is decided by it.
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
        var patience = patience
        let standing = Set(catalogue.standing(at: now))
        for (partition, all) in try await reconciliation.names(catalogue, now: now) {
            for (source, names) in [
                (LedgerQuery.Source.events, all.filter { hasAllRows($0.workspace) }),
                (.best, all.filter { !hasAllRows($0.workspace) }),
            ] {
                for start in stride(from: 0, to: names.count, by: CounterRebuilder.batchLimit) {
                    let some = Array(names[start..<min(start + CounterRebuilder.batchLimit, names.count)])
                    let batch = Batch(partition: partition, source: source, names: some)
                    for counter in try await compare(batch, awaiting: standing, &patience) {
                        found[counter.comparison.name.workspace, default: []].append(counter)
                    }
                }
            }
        }
        return found
    }

    /// Counters that are compared together.
    private struct Batch {
        var partition: Partition
        var source: LedgerQuery.Source
        var names: [CounterName]
    }

    /// Compares counters, and those of some again that differ while they are being rebuilt: once they are ready, or when
    /// there is no patience left.
    private func compare(
        _ batch: Batch,
        awaiting standing: Set<CounterName>,
        _ patience: inout Duration
    ) async throws -> [Counter] {
        var found = try await look(at: batch, &patience)
        while true {
            let open = found.indices.filter {
                !found[$0].isConsistent && !found[$0].isReady && standing.contains(batch.names[$0])
            }
            guard !open.isEmpty else { return found }
            let isLast = !(try await pause(&patience))
            let values = try await counters.values(batch.partition, names: open.map { batch.names[$0].text })
            let due = isLast ? open : zip(open, values).filter { $1?.isReady == true }.map(\.0)
            guard !due.isEmpty else { continue }
            var again = batch
            again.names = due.map { batch.names[$0] }
            for (index, counter) in zip(due, try await look(at: again, &patience)) { found[index] = counter }
            if isLast { return found }
        }
    }

    /// Compares counters, having asked before whether they are ready: one that was, and differs, is wrong.
    ///
    /// A partition that no service has compared with the ledger since Redis started is tried again.
    private func look(at batch: Batch, _ patience: inout Duration) async throws -> [Counter] {
        while true {
            do {
                let values = try await counters.values(batch.partition, names: batch.names.map(\.text))
                let found = try await rebuilder.compare(batch.names, in: batch.partition, source: batch.source)
                return zip(values, found).map { Counter(comparison: $1, isReady: $0?.isReady == true) }
            } catch let error as RedisError where error.code == .notPrepared {
                guard try await pause(&patience) else { throw error }
            }
        }
    }

    /// Waits a moment, unless there is no patience left.
    private func pause(_ patience: inout Duration) async throws -> Bool {
        guard patience > .zero else { return false }
        patience -= Self.interval
        try await time.sleep(Self.interval)
        return true
    }

    private static let interval = Duration.milliseconds(100)
}
