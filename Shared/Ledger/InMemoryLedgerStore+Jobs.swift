package import Domain
internal import Synchronization

/// Jobs.
extension InMemoryLedgerStore: LedgerCorrectionStore {
    package func createJob(_ request: LedgerJobRequest, by author: Author, at now: Timestamp) async throws -> LedgerJob
    {
        guard request.kind != .manual else {
            throw LedgerError(.invalidQuery, "manual adjustments are made with their job")
        }
        return try state.withLock { try $0.make(request, as: .pending, at: now).job }
    }

    package func job(_ id: Int64) async throws -> LedgerJob? {
        state.withLock { state in state.jobs.first { $0.id == id } }
    }

    package func jobs(_ query: LedgerJobQuery, limit: Int, before id: Int64?) async throws -> [LedgerJob] {
        try checkLimit(limit, atMost: 1_000)
        let found = state.withLock(\.jobs).filter { job in
            if let workspaces = query.workspaces {
                guard let workspace = job.request.workspace, workspaces.contains(workspace) else { return false }
            }
            return (query.kinds.isEmpty || query.kinds.contains(job.request.kind))
                && (query.states.isEmpty || query.states.contains(job.state)) && id.map { job.id < $0 } ?? true
        }
        return Array(found.reversed().prefix(limit))
    }

    package func claimJob(_ kinds: [LedgerJob.Kind], lease: LedgerLease, at now: Timestamp) async throws -> LedgerJob? {
        state.withLock { state in
            let free = state.jobs.indices.first { index in
                let job = state.jobs[index]
                guard kinds.contains(job.request.kind) else { return false }
                if job.state == .pending { return true }
                return job.state == .running && state.leases[job.id].map { $0.until <= now } ?? true
            }
            guard let free else { return nil }
            state.jobs[free].state = .running
            state.jobs[free].updatedAt = now
            state.leases[state.jobs[free].id] = lease
            return state.jobs[free]
        }
    }

    package func releaseJob(_ id: Int64, owner: String) async throws {
        state.withLock { state in
            if state.leases[id]?.owner == owner { state.leases[id] = nil }
        }
    }

    package func endJob(
        _ id: Int64,
        as state: LedgerJob.State,
        failure: String?,
        by author: Author,
        at now: Timestamp
    ) async throws -> LedgerJob {
        guard state == .failed || state == .cancelled else {
            throw LedgerError(.invalidQuery, "a job is ended as failed or as cancelled")
        }
        return try change(id, to: state, failure: failure, at: now) { job in
            guard !job.state.isEnded else { throw LedgerError(.conflict, "job \(id) is \(job.state.name) already") }
        }
    }

    package func resumeJob(_ id: Int64, by author: Author, at now: Timestamp) async throws -> LedgerJob {
        try change(id, to: .pending, failure: nil, at: now) { try $0.checkIsResumable() }
    }

    private func change(
        _ id: Int64,
        to new: LedgerJob.State,
        failure: String?,
        at now: Timestamp,
        if check: (LedgerJob) throws -> Void
    ) throws -> LedgerJob {
        try state.withLock { state in
            guard let index = state.jobs.firstIndex(where: { $0.id == id }) else {
                throw LedgerError(.notFound, "there is no job \(id)")
            }
            try check(state.jobs[index])
            state.jobs[index].state = new
            state.jobs[index].failure = failure.map { String($0.prefix(2_000)) }
            state.jobs[index].updatedAt = now
            state.jobs[index].finishedAt = new.isEnded ? now : nil
            state.leases[id] = nil
            return state.jobs[index]
        }
    }
}

extension MemoryLedger {
    /// Creates a job or finds the one under the same key.
    mutating func make(
        _ request: LedgerJobRequest,
        as state: LedgerJob.State,
        at now: Timestamp
    ) throws -> (job: LedgerJob, isNew: Bool) {
        try request.check()
        _ = try JobSpec(request).text()
        let known = jobs.first { $0.request.workspace == request.workspace && $0.request.key == request.key }
        if let known {
            try known.checkIsAsked(by: request)
            return (known, false)
        }
        let id = Int64(jobs.count + 1)
        if let target = request.reverses {
            guard let index = jobs.firstIndex(where: { $0.id == target }) else {
                throw LedgerError(.notFound, "there is no job \(target)")
            }
            try jobs[index].checkIsReversible(for: request)
            jobs[index].reversedBy = id
        }
        let job = LedgerJob(
            id: id,
            request: request,
            state: state,
            progress: LedgerJobProgress(),
            pages: 0,
            createdAt: now,
            updatedAt: now
        )
        jobs.append(job)
        return (job, true)
    }
}
