package import Domain

/// Work on the ledger that corrects many rows, page by page, and can be resumed where it was left.
///
/// What it has done so far is committed together with where it stands: a crash loses nothing and repeats nothing.
package struct LedgerJob: Hashable, Sendable {
    /// What a job is for.
    ///
    /// The order is the number in the ledger: append, never reorder.
    package enum Kind: Int16, CaseIterable, Hashable, Sendable {
        /// Prices what had no price.
        case unpriced = 1
        /// Prices events again.
        case repricing = 2
        /// Prices a month's events again in the order of their times, for marginal volume tiers.
        case trueUp = 3
        /// A person's credit, discount or invoice true-up, which belongs to no event.
        case manual = 4
        /// Takes back what another job did.
        case reversal = 5

        /// The name on the wire.
        package var name: String {
            switch self {
            case .unpriced: "unpriced"
            case .repricing: "repricing"
            case .trueUp: "true_up"
            case .manual: "manual"
            case .reversal: "reversal"
            }
        }
    }

    /// Where a job stands.
    ///
    /// The order is the number in the ledger: append, never reorder.
    package enum State: Int16, CaseIterable, Hashable, Sendable {
        case pending = 1
        case running = 2
        case done = 3
        /// It met an error that trying again does not help; what it did stays.
        case failed = 4
        /// A person stopped it; what it did stays.
        case cancelled = 5

        /// The name on the wire.
        package var name: String { String(describing: self) }
        /// Whether nobody works on it any more.
        package var isEnded: Bool { self != .pending && self != .running }
    }

    /// Given by the ledger, ascending.
    package var id: Int64
    package var request: LedgerJobRequest
    package var state: State
    package var progress: LedgerJobProgress
    /// How many pages were applied: the next page commits only when this is still so.
    package var pages: Int64
    /// Where the next page starts; `nil` before the first.
    package var cursor: LedgerScanCursor?
    /// What the one who drives the job wants to know on the next page, for example a running volume.
    package var carry: String?
    /// Why it failed.
    package var failure: String?
    package var createdAt: Timestamp
    package var updatedAt: Timestamp
    package var finishedAt: Timestamp?
    /// The job that takes this one back, if there is one.
    package var reversedBy: Int64?

    /// The events that it is about.
    package var query: LedgerScanQuery {
        var query = request.query
        if let workspace = request.workspace { query.workspaces = [workspace] }
        return query
    }
}

/// What a job is asked to do, by whom and why.
package struct LedgerJobRequest: Hashable, Sendable {
    /// Given by the client: the same key in the same workspace is the same job, however often it is created.
    package var key: String
    package var kind: LedgerJob.Kind
    /// The workspace that the job belongs to; `nil` for all of them.
    package var workspace: String?
    package var query: LedgerScanQuery
    /// What the one who drives the job needs beside the query, for example the quantity of a true-up.
    package var parameters: [String: String]
    package var reason: String
    package var author: String
    /// Names the state of the price book that the job prices with.
    package var priceBook: String
    /// The job that this one takes back.
    package var reverses: Int64?

    package init(
        key: String,
        kind: LedgerJob.Kind,
        workspace: String?,
        query: LedgerScanQuery,
        parameters: [String: String] = [:],
        reason: String,
        author: String,
        priceBook: String = "",
        reverses: Int64? = nil
    ) {
        self.key = key
        self.kind = kind
        self.workspace = workspace
        self.query = query
        self.parameters = parameters
        self.reason = reason
        self.author = author
        self.priceBook = priceBook
        self.reverses = reverses
    }

    /// A request to take a job back.
    package static func reversal(of job: LedgerJob, key: String, reason: String, author: String) -> LedgerJobRequest {
        LedgerJobRequest(
            key: key,
            kind: .reversal,
            workspace: job.request.workspace,
            query: job.request.query,
            reason: reason,
            author: author,
            reverses: job.id
        )
    }

    /// Refuses what is too long, empty or contradictory.
    ///
    /// - Throws: `LedgerError` with code `invalidQuery`.
    func check() throws {
        let texts = [(key, 1...256), (reason, 1...2_000), (author, 1...512), (priceBook, 0...256)]
        for (text, length) in texts where !length.contains(text.utf8.count) || text.utf8.contains(0) {
            throw LedgerError(.invalidQuery, "a job's key, reason, author or price book is empty or too long")
        }
        guard (kind == .reversal) == (reverses != nil) else {
            throw LedgerError(.invalidQuery, "a reversal, and nothing else, names the job that it takes back")
        }
        try query.check()
    }
}

/// What a job has done so far.
package struct LedgerJobProgress: Hashable, Sendable {
    /// Rows that were looked at.
    package var read: Int64 = 0
    /// Rows that cost something else since.
    package var changed: Int64 = 0
    /// What the rows that were looked at cost before and after.
    package var costBefore = MoneySum.zero
    package var costAfter = MoneySum.zero
    /// How many of them had no price before and after.
    package var unpricedBefore: Int64 = 0
    package var unpricedAfter: Int64 = 0

    package init() {}

    /// Adds a row that was looked at.
    package mutating func add(before: Cost, after: Cost) {
        read += 1
        if before.money == nil { unpricedBefore += 1 }
        if after.money == nil { unpricedAfter += 1 }
        costBefore += before.money ?? .zero
        costAfter += after.money ?? .zero
    }

    static func += (left: inout LedgerJobProgress, right: LedgerJobProgress) {
        left.read += right.read
        left.changed += right.changed
        left.costBefore += right.costBefore
        left.costAfter += right.costAfter
        left.unpricedBefore += right.unpricedBefore
        left.unpricedAfter += right.unpricedAfter
    }
}

/// A replica's right to work on a job for a while.
///
/// Two that hold it at once do no harm: a page commits only once.
package struct LedgerLease: Hashable, Sendable {
    /// Names the replica.
    package var owner: String
    /// When others may take the job over.
    package var until: Timestamp

    package init(owner: String, until: Timestamp) {
        self.owner = owner
        self.until = until
    }
}

/// Which jobs a list shows.
package struct LedgerJobQuery: Hashable, Sendable {
    /// Jobs of these workspaces; `nil` is all jobs, those for all workspaces included.
    package var workspaces: [String]?
    /// Jobs of these kinds; empty is all.
    package var kinds: [LedgerJob.Kind]
    /// Jobs in these states; empty is all.
    package var states: [LedgerJob.State]

    package init(workspaces: [String]? = nil, kinds: [LedgerJob.Kind] = [], states: [LedgerJob.State] = []) {
        self.workspaces = workspaces
        self.kinds = kinds
        self.states = states
    }
}

/// What both stores check.
extension LedgerJob {
    /// Refuses a request under this job's key that asks for something else.
    ///
    /// Who repeats a request may do so with another key, and after prices have changed.
    func checkIsAsked(by request: LedgerJobRequest) throws {
        var asked = request
        asked.author = self.request.author
        asked.priceBook = self.request.priceBook
        guard self.request == asked else {
            throw LedgerError(.conflict, "another job has the key \"\(request.key)\"")
        }
    }

    /// Refuses a reversal of what cannot be reversed.
    func checkIsReversible(for request: LedgerJobRequest) throws {
        guard self.request.kind != .reversal else {
            throw LedgerError(.conflict, "job \(id) is a reversal: run the job again that it took back")
        }
        guard state.isEnded else { throw LedgerError(.conflict, "job \(id) has not ended") }
        guard reversedBy == nil else { throw LedgerError(.conflict, "job \(id) was reversed before") }
        guard self.request.workspace == request.workspace else {
            throw LedgerError(.conflict, "job \(id) belongs to another workspace")
        }
    }

    /// Refuses to go on with what cannot go on.
    func checkIsResumable() throws {
        guard state == .failed || state == .cancelled else {
            throw LedgerError(.conflict, "job \(id) is \(state.name)")
        }
        guard reversedBy == nil else { throw LedgerError(.conflict, "job \(id) was reversed") }
    }

    /// The error when a page comes for a job that is no longer as it was read.
    var staleError: LedgerError {
        LedgerError(.stale, "job \(id) or a row of its page has changed since it was read")
    }
}
