import Synchronization

extension InMemoryStreams {
    package func settleReports() async throws -> Int {
        let now = now()
        let (count, waiters) = state.withLock { state in
            let count = state.settle(backlogLimit: backlogLimit, lifetime: idLifetime, now: now)
            return (count, state.takeWaiters())
        }
        waiters.forEach { $0.resume() }
        return count
    }
}

extension InMemoryStreams.State {
    /// Keeps the richest report on an event until its window ends.
    mutating func report(_ claim: Claim, _ report: ReportUse, now: UInt64) -> ClaimOutcome {
        let id = Array("\(claim.partition):".utf8) + claim.idHash
        if let known = ids[id], known.expiresAt > now {
            return known.digest == claim.digest ? .duplicate : .conflict
        }
        guard let other = waiting[id] else {
            waiting[id] = (claim, now + report.window.wholeMilliseconds)
            return .accepted
        }
        if other.claim.digest == claim.digest { return .duplicate }
        guard report.rank > other.claim.report?.rank ?? 0 else { return .conflict }
        waiting[id] = (claim, other.due)
        return .duplicate
    }

    /// Claims the events whose windows have ended.
    mutating func settle(backlogLimit: Int, lifetime: Duration, now: UInt64) -> Int {
        var count = 0
        for (id, held) in waiting.sorted(by: { $0.value.due < $1.value.due })
        where held.due <= now && !isFull(held.claim.partition, limit: backlogLimit) {
            waiting[id] = nil
            _ = claim(held.claim, lifetime: lifetime, now: now)
            count += 1
        }
        return count
    }
}
