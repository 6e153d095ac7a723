package import Domain
internal import Ledger
package import Redis
internal import ServiceRuntime
package import Streams

/// Rebuilds all counters of some workspaces, and tells what each was.
///
/// It runs beside services and other reconciliations.
package struct CounterReconciliation: Sendable {
    private let counters: RedisCounters
    private let rebuilder: CounterRebuilder
    private let partitioning: Partitioning
    private let time: LoopTime

    package init(
        counters: RedisCounters,
        rebuilder: CounterRebuilder,
        partitioning: Partitioning,
        time: LoopTime = .system
    ) {
        self.counters = counters
        self.rebuilder = rebuilder
        self.partitioning = partitioning
        self.time = time
    }

    /// Rebuilds the counters of the workspaces of a catalogue: those of the present periods, and those of earlier
    /// periods and single values that Redis has.
    ///
    /// A partition that is busy is tried again for as long as `patience`.
    package func run(
        _ catalogue: CounterCatalogue,
        now: Timestamp,
        patience: Duration = .seconds(60)
    ) async throws -> ReconciliationReport {
        var comparisons: [CounterRebuilder.Comparison] = []
        let deadline = time.now() + patience
        for (partition, names) in try await self.names(catalogue, now: now).sorted(by: { $0.key < $1.key }) {
            for start in stride(from: 0, to: names.count, by: CounterRebuilder.batchLimit) {
                let some = Array(names[start..<min(start + CounterRebuilder.batchLimit, names.count)])
                comparisons += try await rebuild(some, in: partition, until: deadline)
            }
        }
        return ReconciliationReport(comparisons: comparisons.sorted { $0.name.text < $1.name.text })
    }

    private func rebuild(
        _ names: [CounterName],
        in partition: Partition,
        until deadline: Duration
    ) async throws -> [CounterRebuilder.Comparison] {
        var failures = 0
        while true {
            do {
                return try await rebuilder.rebuild(names, in: partition)
            } catch let error as any RetriableError where error.isRetriable && time.now() < deadline {
                failures += 1
                try await time.sleep(Backoff.standard.delay(failures: failures, random: time.random()))
            }
        }
    }

    /// The counters by partition.
    package func names(_ catalogue: CounterCatalogue, now: Timestamp) async throws -> [Partition: [CounterName]] {
        var names = Set(catalogue.standing(at: now))
        for (partition, some) in grouped(Set(catalogue.standingBefore(now)).subtracting(names)) {
            for start in stride(from: 0, to: some.count, by: CounterRebuilder.batchLimit) {
                let part = Array(some[start..<min(start + CounterRebuilder.batchLimit, some.count)])
                let values = try await counters.values(partition, names: part.map(\.text))
                names.formUnion(zip(part, values).filter { $1 != nil }.map(\.0))
            }
        }
        for workspace in catalogue.workspaces.keys {
            let registered = try await counters.registered(
                of: workspace,
                in: partitioning.partition(ofWorkspace: workspace)
            )
            names.formUnion(registered.compactMap { CounterName($0) }.filter { !$0.isOver(at: now) })
        }
        return grouped(names)
    }

    private func grouped(_ names: Set<CounterName>) -> [Partition: [CounterName]] {
        Dictionary(grouping: names) { partitioning.partition(ofWorkspace: $0.workspace) }
    }
}

/// What a reconciliation found, for people and for programs.
package struct ReconciliationReport: Sendable {
    package let comparisons: [CounterRebuilder.Comparison]

    /// The counters that differed from the ledger.
    package var wrong: [CounterRebuilder.Comparison] { comparisons.filter { !$0.isConsistent } }

    /// A row for each counter, the first the header.
    package var rows: [[String]] {
        [["WORKSPACE", "SCOPE", "PERIOD", "BEFORE USD", "AFTER USD", "DIFFERENCE USD", "STATE"]]
            + comparisons.map { comparison in
                [
                    comparison.name.workspace, comparison.name.scopeText, comparison.name.periodText,
                    comparison.counter.sum.usd, comparison.ledger.sum.usd, comparison.difference.usd,
                    comparison.isRebuilt ? "rebuilt" : "taken over by another rebuild",
                ]
            }
    }

    /// One JSON document.
    package var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("counters")
        writer.beginArray()
        for comparison in comparisons {
            writer.beginObject()
            writer.member("workspace", comparison.name.workspace)
            writer.member("scope", comparison.name.scopeText)
            writer.member("period", comparison.name.periodText)
            writer.member("before_usd", comparison.counter.sum.usd)
            writer.member("after_usd", comparison.ledger.sum.usd)
            writer.member("difference_usd", comparison.difference.usd)
            writer.key("rebuilt")
            writer.bool(comparison.isRebuilt)
            writer.endObject()
        }
        writer.endArray()
        writer.member("differed", Int64(wrong.count))
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
