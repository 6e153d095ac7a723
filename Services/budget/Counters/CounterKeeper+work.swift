internal import Domain
internal import Logging
internal import Redis
internal import ServiceRuntime
internal import Streams
internal import Synchronization

/// What the keeper does by itself.
extension CounterKeeper {
    /// Looks whether partitions have begun a new life, and at the standing counters when it is time.
    func look() async {
        let now = time.now()
        state.withLock { $0.queue.forgetRefusals(now: now) }
        do {
            let partitions = partitioning.partitions
            var epochs = try await counters.epochs(partitions)
            if epochs.contains(nil) {
                try await establish()
                epochs = try await counters.epochs(partitions)
            }
            try await mendLate()
            try await sweep(epochs)
        } catch {
            // It is tried again in a moment; nothing is forwarded, and no counter is ready, meanwhile.
            logger.warning("the lives of partitions cannot be looked at", metadata: ["error": "\(error)"])
        }
        metrics.waiting(state.withLock { $0.queue.count })
    }

    /// Has the counters of partitions rebuilt again whose ledger was given something of an earlier life.
    ///
    /// A keeper that starts does it too where that ever happened: it cannot know whether another one has.
    private func mendLate() async throws {
        let late = try await rebuilder.lateBatches()
        let known = state.withLock { $0.lateBatches }
        guard late != known else { return }
        let reconciliation = CounterReconciliation(
            counters: counters,
            rebuilder: rebuilder,
            partitioning: partitioning,
            time: time
        )
        for (partition, names) in try await reconciliation.names(catalogue.current, now: clock.now)
        where late[partition.number] != known[partition.number] {
            mend(names)
            logger.notice(
                "events of an earlier life were kept: the partition's counters are rebuilt again",
                metadata: ["partition": "\(partition)", "counters": "\(names.count)"]
            )
        }
        state.withLock { $0.lateBatches = late }
    }

    /// Asks for standing counters that are not ready, those of now and those of a period that is about to begin: for all
    /// when it is time, and for those of new workspaces and budgets soon, while little is held that they must know.
    ///
    /// A change is acted on when it is a look old: the other replicas count by it then.
    private func sweep(_ epochs: [Int64?]) async throws {
        let (now, catalogue) = (clock.now, catalogue.current)
        let versions = [catalogue.directoryVersion, catalogue.budgetVersion]
        let (isDue, known) = state.withLock { state in
            defer { state.latestVersions = versions }
            let isDue = state.epochs != epochs || time.now() >= state.nextSweep
            let hasSettled = state.latestVersions == versions && state.versions != versions
            return (isDue, hasSettled ? state.standing : nil)
        }
        guard isDue || known != nil else { return }
        let names = Set(catalogue.standing(at: now)).union(catalogue.standing(at: now.adding(configuration.ahead)))
        try await requestMissing(isDue ? names : names.subtracting(known ?? []))
        state.withLock { state in
            (state.epochs, state.standing, state.versions) = (epochs, names, versions)
            if isDue { state.nextSweep = time.now() + configuration.sweepInterval }
        }
    }

    private func requestMissing(_ names: Set<CounterName>) async throws {
        for (partition, names) in Dictionary(grouping: names, by: { partitioning.partition(ofWorkspace: $0.workspace) })
        {
            for start in stride(from: 0, to: names.count, by: Self.readLimit) {
                let some = Array(names[start..<min(start + Self.readLimit, names.count)])
                let values = try await counters.values(partition, names: some.map(\.text))
                request(zip(some, values).filter { $1?.isReady != true }.map(\.0), isOnFirstUse: false)
            }
        }
    }

    private static let readLimit = 200

    /// Rebuilds what is due, some batches side by side.
    func work() async {
        await withDiscardingTaskGroup { group in
            for _ in 0..<configuration.workers {
                group.addTask {
                    while !Task.isCancelled, let batch = self.next() { await self.rebuild(batch) }
                }
            }
        }
    }

    private func next() -> CounterQueue.Batch? {
        let now = time.now()
        return state.withLock { $0.queue.next(limit: CounterRebuilder.batchLimit, now: now) }
    }

    private func rebuild(_ batch: CounterQueue.Batch) async {
        do {
            let admitted = try await admit(batch)
            let values = try await counters.values(batch.partition, names: admitted.map(\.name.text))
            let missing = zip(admitted, values).filter { $0.isForced || $1?.isReady != true }.map(\.0)
            let results = missing.isEmpty ? [] : try await rebuilder.rebuild(missing.map(\.name), in: batch.partition)
            let taken = zip(missing, results).filter { !$1.isRebuilt }.map(\.0)
            metrics.rebuilt(results.count - taken.count, at: clock.now)
            let (now, random) = (time.now(), time.random())
            state.withLock { state in
                // Another rebuild has taken them over: whether it ends shows later.
                state.queue.fail(taken, in: batch.partition, now: now, random: random)
                let done = Set(admitted.map(\.name)).subtracting(taken.map(\.name))
                state.queue.finish(Array(done), in: batch.partition, now: now)
            }
        } catch {
            let (now, random) = (time.now(), time.random())
            state.withLock { $0.queue.fail(batch.counters, in: batch.partition, now: now, random: random) }
            logger.warning(
                "counters cannot be rebuilt",
                metadata: [
                    "partition": "\(batch.partition)", "counters": "\(batch.counters.count)", "error": "\(error)",
                ]
            )
        }
    }

    /// Those that may be made; the others are refused.
    private func admit(_ batch: CounterQueue.Batch) async throws -> [CounterQueue.Batch.Counter] {
        var admitted = batch.counters.filter { !$0.isOnFirstUse }
        let bounded = Dictionary(grouping: batch.counters.filter(\.isOnFirstUse), by: \.name.workspace)
        for (workspace, some) in bounded {
            let flags = try await counters.admit(
                some.map(\.name.use),
                of: workspace,
                in: batch.partition,
                limit: configuration.firstUseLimit,
                now: clock.now
            )
            admitted += zip(some, flags).filter(\.1).map(\.0)
            let refused = zip(some, flags).filter { !$1 }.map(\.0.name)
            if refused.isEmpty { continue }
            let now = time.now()
            state.withLock { $0.queue.refuse(refused, in: batch.partition, now: now) }
            metrics.refused(refused.count)
            let reason = CounterError.tooMany(workspace: workspace, limit: configuration.firstUseLimit)
            logger.warning("counters are refused", metadata: ["counters": "\(refused.count)", "reason": "\(reason)"])
        }
        return admitted
    }
}
