package import Domain
package import Ledger
package import Redis
package import Streams

/// Makes counters equal to the ledger, while both go on growing.
///
/// A rebuild asks Redis what a counter holds and what is still on its way to it, waits until the ledger has what was
/// counted, sums the ledger without what is on its way, and adds the difference. The counter counts on meanwhile. It may
/// run anywhere, any number of times at once, and die at any point: only the rebuild that began last adds anything, and
/// one that never ends leaves the counter as it was.
package struct CounterRebuilder: Sendable {
    /// The limits of a rebuild.
    package struct Configuration: Sendable {
        /// How long to wait for the ledger.
        package var patience = Duration.seconds(10)
        /// How often to look whether the ledger has come far enough.
        package var interval = Duration.milliseconds(10)

        package init() {}
    }

    /// How many counters are rebuilt together at most.
    package static let batchLimit = 100

    private let ledger: any LedgerStore
    private let counters: RedisCounters
    private let configuration: Configuration
    private let time: LoopTime

    package init(
        ledger: any LedgerStore,
        counters: RedisCounters,
        configuration: Configuration = Configuration(),
        time: LoopTime = .system
    ) {
        self.ledger = ledger
        self.counters = counters
        self.configuration = configuration
        self.time = time
    }

    /// A counter beside what it should hold at the same moment.
    package struct Comparison: Sendable {
        package var name: CounterName
        /// What it held.
        package var counter: RebuildStart.Figures
        /// What the ledger has, without what was still on its way to the counter.
        package var ledger: RebuildStart.Figures
        /// What the ledger has: what the counter holds when nothing is on its way any more.
        package var total: RebuildStart.Figures
        /// Whether the difference was added, and the counter is ready.
        package var isRebuilt = false

        package var difference: MoneySum { ledger.sum - counter.sum }

        package var isConsistent: Bool { counter == ledger }
    }

    /// Rebuilds counters of one partition, at most `batchLimit`.
    ///
    /// - Returns: What was found. One that is not marked as rebuilt was taken over by another rebuild.
    /// - Throws: What Redis and the ledger throw; `CounterError.ledgerBehind`.
    package func rebuild(_ names: [CounterName], in partition: Partition) async throws -> [Comparison] {
        let generation = Int64(truncatingIfNeeded: time.random() >> 1) | 1
        let (epoch, found) = try await compare(names, in: partition, source: .best, generation: generation)
        var comparisons = found
        // Last, as it looks at every hold: a ledger that is behind is asked again and again.
        try await counters.attachHolds(partition, to: names.map(\.use))
        let flags = try await counters.finishRebuild(
            partition,
            generation: generation,
            epoch: epoch,
            adding: comparisons.map(\.delta)
        )
        for (index, isRebuilt) in flags.enumerated() { comparisons[index].isRebuilt = isRebuilt }
        return comparisons
    }

    /// How many batches of an earlier life each partition was given: what they brought is on its way to no counter.
    package func lateBatches() async throws -> [Int: Int64] {
        try await ledger.lateBatches()
    }

    /// Compares counters of one partition with the ledger and changes nothing, at most `batchLimit`.
    ///
    /// It is exact under load, too. A counter that does not exist holds nothing.
    package func compare(
        _ names: [CounterName],
        in partition: Partition,
        source: LedgerQuery.Source = .best
    ) async throws -> [Comparison] {
        try await compare(names, in: partition, source: source, generation: nil).comparisons
    }

    private func compare(
        _ names: [CounterName],
        in partition: Partition,
        source: LedgerQuery.Source,
        generation: Int64?
    ) async throws -> (epoch: Int64, comparisons: [Comparison]) {
        let start = try await counters.beginRebuild(partition, names.map(\.use), generation: generation)
        try await waitForLedger(start, in: partition)
        let sums = try await ledger.counterSums(
            names.map { $0.query(source) },
            leavingOut: UnappliedWork(start, in: partition)
        )
        let changes = Dictionary(grouping: sums.unapplied) { $0.identity.workspace }
        let comparisons = names.indices.map { index in
            let name = names[index]
            let total = RebuildStart.Figures(sums.totals[index])
            var wanted = total
            for change in changes[name.workspace] ?? [] where name.contains(change.event) { wanted.take(away: change) }
            return Comparison(name: name, counter: start.levels[index], ledger: wanted, total: total)
        }
        return (start.epoch, comparisons)
    }

    /// Waits until the ledger has what was counted.
    ///
    /// After a while the ledger itself is asked for what is not acknowledged: an older Redis does not know what it has.
    private func waitForLedger(_ start: RebuildStart, in partition: Partition) async throws {
        let deadline = time.now() + configuration.patience
        for attempt in 1... {
            let open = try await counters.unacknowledged(by: .ledger, through: start.lastDelivered, in: partition)
            if let open, open.isEmpty { return }
            if let open, attempt % Self.attemptsPerQuestion == 0 {
                let lives = [start.epoch] + start.cuts.map(\.epoch)
                let entries = open.flatMap { id in lives.map { EntryReference(epoch: $0, id) } }
                let known = try await ledger.known(entries, partition: partition.number)
                if Set(known.map { [$0.milliseconds, $0.sequence] }).count == open.count { return }
            }
            guard time.now() < deadline else { throw CounterError.ledgerBehind(partition) }
            try await time.sleep(configuration.interval)
        }
    }

    private static let attemptsPerQuestion = 20
}

/// Why a counter is not to be had.
package enum CounterError: RetriableError, Hashable, CustomStringConvertible {
    /// The ledger has not kept what was counted, so that a counter cannot be rebuilt from it.
    case ledgerBehind(Partition)
    /// A workspace has as many counters of single values as it may.
    case tooMany(workspace: String, limit: Int)

    package var isRetriable: Bool {
        switch self {
        case .ledgerBehind: true
        case .tooMany: false
        }
    }

    package var description: String {
        switch self {
        case .ledgerBehind(let partition):
            "the ledger is behind in \(partition): counters cannot be rebuilt before it has caught up"
        case .tooMany(let workspace, let limit):
            "workspace \(workspace) has \(limit) counters of single values, which is the limit "
                + "(OLIVER_BUDGET_COUNTER_LIMIT): raise it, or give the budget for every value a narrower scope"
        }
    }
}

extension CounterRebuilder.Comparison {
    var delta: CounterDelta {
        CounterDelta(
            counter: name.use,
            sum: difference,
            events: ledger.events - counter.events,
            unpriced: ledger.unpriced - counter.unpriced
        )
    }
}

extension RebuildStart.Figures {
    fileprivate init(_ totals: LedgerTotals) {
        self.init(sum: totals.cost, events: totals.events, unpriced: totals.unpricedEvents)
    }

    fileprivate mutating func take(away change: UnappliedChange) {
        sum = sum - change.amount
        events -= change.events
        unpriced -= change.unpricedEvents
    }
}

extension UnappliedWork {
    fileprivate init(_ start: RebuildStart, in partition: Partition) {
        let lives = [start.epoch] + start.cuts.map(\.epoch)
        self.init(
            partition: partition.number,
            delivered: EntryReference(epoch: start.epoch, start.lastDelivered),
            cuts: start.cuts.map { EntryReference(epoch: $0.epoch, $0.id) },
            // An entry's life is not known before it is read: no two lives share an id.
            single: start.pending.flatMap { id in lives.map { EntryReference(epoch: $0, id) } }
                + start.apart.map { EntryReference(epoch: $0.epoch, $0.id) },
            outboxMark: start.outboxMark
        )
    }
}

extension EntryReference {
    init(epoch: Int64, _ id: EntryID) {
        self.init(
            epoch: epoch,
            milliseconds: Int64(clamping: id.milliseconds),
            sequence: Int64(clamping: id.sequence)
        )
    }
}
