package import Domain
internal import PriceBook
internal import PriceDesk
internal import Synchronization

extension InMemoryPriceStore {
    package func begin(_ request: SyncRequest) async throws -> SyncAdmission {
        state.withLock { state in
            if let running = state.syncs.values.first(where: { $0.outcome == .running }) {
                guard running.isAbandoned(request) else { return .running }
                state.syncs[running.id]?.outcome = .abandoned
                state.syncs[running.id]?.finishedAt = request.at
            }
            if let due = request.dueBefore, let last = state.lastGoodSync?.finishedAt, last > due { return .notDue }
            let record = SyncRecord(
                id: Int64(state.syncs.count + 1),
                cause: request.cause,
                requestedBy: request.requestedBy.signature,
                instance: request.instance,
                url: request.url,
                startedAt: request.at
            )
            state.syncs[record.id] = record
            return .admitted(record)
        }
    }

    package func finish(_ sync: Int64, _ result: SyncResult, at time: Timestamp) async throws -> SyncRecord {
        try state.withLock { try $0.finish(sync, result, at: time) }
    }

    package func apply(
        _ plan: SyncPlan,
        of sync: Int64,
        _ result: SyncResult,
        basedOn version: Int64,
        at time: Timestamp
    ) async throws -> SyncRecord {
        try state.withLock { state in
            guard state.version == version else { throw PriceStoreError.outdated }
            let record = try state.finish(sync, result, at: time)
            state.version += 1
            for entry in plan.opened {
                state.openVersion(entry, from: plan.isBaseline ? nil : time, sync: sync, at: time)
            }
            for entry in plan.changed {
                let start = state.closeVersion(entry.key, by: "sync \(sync)", at: time) ?? time
                state.openVersion(entry, from: start, sync: sync, at: time)
            }
            for key in plan.closed { _ = state.closeVersion(key, by: "sync \(sync)", at: time) }
            for key in plan.superseded + plan.proposals.map(\.key) {
                state.supersede(key, by: "sync \(sync)", at: time)
            }
            for proposal in plan.proposals { state.add(proposal, sync: sync, at: time) }
            return record
        }
    }

    package func syncs(before: Int64?, limit: Int) async throws -> [SyncRecord] {
        state.withLock { state in
            let older = state.syncs.values.filter { $0.id < before ?? .max }
            return Array(older.sorted { $0.id > $1.id }.prefix(limit))
        }
    }

    package func lastGoodSync() async throws -> SyncRecord? {
        state.withLock { $0.lastGoodSync }
    }

    package func hasImported(digest: String) async throws -> Bool {
        state.withLock { state in
            state.syncs.values.contains {
                $0.cause == .shipped && $0.digest == digest && ($0.outcome.isGood || $0.outcome == .refused)
            }
        }
    }

    package func claimNotice(of sync: Int64) async throws -> Bool {
        state.withLock { state in
            guard state.notices[sync] == .due else { return false }
            state.notices[sync] = .sent
            return true
        }
    }

    package func returnNotice(of sync: Int64) async throws {
        state.withLock { $0.notices[sync] = .due }
    }

    package func dueNotices(limit: Int) async throws -> [SyncRecord] {
        state.withLock { state in
            let due = state.syncs.values.filter { state.notices[$0.id] == .due }
            return Array(due.sorted { $0.id < $1.id }.prefix(limit))
        }
    }

    package func claimStaleNotice(at time: Timestamp) async throws -> Bool {
        state.withLock { state in
            defer { state.isStaleNoticed = true }
            return !state.isStaleNoticed
        }
    }

    package func returnStaleNotice() async throws {
        state.withLock { $0.isStaleNoticed = false }
    }

    package func priceChanges(_ wanted: PriceChange.State?, before: Int64?, limit: Int) async throws -> [PriceChange] {
        state.withLock { state in
            let found = state.changes.values.filter { change in
                change.id < before ?? .max && (wanted.map { $0 == change.state } ?? true)
            }
            return Array(found.sorted { $0.id > $1.id }.prefix(limit))
        }
    }

    package func pendingChangeCount() async throws -> Int {
        state.withLock { $0.changes.values.count { $0.state == .pending } }
    }

    package func verdicts() async throws -> PriceVerdicts {
        state.withLock { state in
            var verdicts = PriceVerdicts()
            for change in state.changes.values {
                switch change.state {
                case .pending: verdicts.pending[change.key] = change.newVersion
                case .rejected: verdicts.rejected[change.key, default: []].insert(change.newVersion)
                case .approved, .superseded: break
                }
            }
            return verdicts
        }
    }

    package func decide(_ decision: PriceDecision, at time: Timestamp) async throws -> PriceChange {
        try state.withLock { state in
            guard var change = state.changes[decision.changeID] else {
                throw PriceStoreError.noChange(decision.changeID)
            }
            if change.state == decision.state { return change }
            guard change.state == .pending else { throw PriceStoreError.decided(change) }
            change.decide(decision, at: time)
            let entry = try change.newEntry()
            if decision.isApproved {
                state.version += 1
                let start = state.closeVersion(change.key, by: decision.by.signature, at: time) ?? time
                if let entry {
                    state.openVersion(entry, from: start, sync: change.syncID, by: decision, at: time)
                }
            }
            state.changes[change.id] = change
            return change
        }
    }
}

extension InMemoryPriceStore.State {
    var lastGoodSync: SyncRecord? {
        let good = syncs.values.filter { $0.outcome.isGood && $0.cause != .shipped }
        return good.max { $0.id < $1.id }
    }

    mutating func finish(_ sync: Int64, _ result: SyncResult, at time: Timestamp) throws -> SyncRecord {
        guard var record = syncs[sync], record.outcome == .running else { throw PriceStoreError.syncLost }
        record.finish(result, at: time)
        syncs[sync] = record
        if result.isNoticeDue { notices[sync] = .due }
        if record.outcome.isGood, record.cause != .shipped { isStaleNoticed = false }
        return record
    }

    mutating func openVersion(
        _ entry: PriceEntry,
        from start: Timestamp?,
        sync: Int64,
        by decision: PriceDecision? = nil,
        at time: Timestamp
    ) {
        var entry = entry
        entry.validFrom = start
        entry.validTo = nil
        _ = add(
            entry,
            source: .litellm,
            at: time,
            syncID: sync,
            author: decision?.by.signature,
            reason: decision?.reason
        )
    }

    /// Ends the open version of a model; returns the end.
    mutating func closeVersion(_ key: String, by whom: String, at time: Timestamp) -> Timestamp? {
        guard var price = open(key) else { return nil }
        price.close(at: time, by: whom, recordedAt: time)
        put(price)
        return price.entry.validTo
    }

    mutating func supersede(_ key: String, by whom: String, at time: Timestamp) {
        for change in changes.values where change.key == key && change.state == .pending {
            changes[change.id]?.state = .superseded
            changes[change.id]?.decidedAt = time
            changes[change.id]?.decidedBy = whom
        }
    }

    mutating func add(_ proposal: SyncPlan.Proposal, sync: Int64, at time: Timestamp) {
        let id = Int64(changes.count + 1)
        changes[id] = PriceChange(
            id: id,
            syncID: sync,
            key: proposal.key,
            guards: proposal.findings.guards,
            detail: proposal.findings.detail,
            oldContent: proposal.old?.json,
            newContent: proposal.new?.json,
            newVersion: proposal.newVersion,
            createdAt: time
        )
    }
}

extension SyncRecord {
    /// Whether a running sync is to be given up for dead: it took too long, or its replica begins another.
    func isAbandoned(_ request: SyncRequest) -> Bool {
        startedAt < request.abandonedBefore || instance == request.instance
    }

    mutating func finish(_ result: SyncResult, at time: Timestamp) {
        outcome = result.outcome
        finishedAt = time
        etag = result.etag
        digest = result.digest
        detail = result.detail
        counts = result.counts
        summary = result.summary
    }
}
