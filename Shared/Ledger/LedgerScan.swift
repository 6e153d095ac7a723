package import Domain

/// Which events a job reads, oldest first.
package struct LedgerScanQuery: Hashable, Sendable {
    /// The workspaces; `nil` is all of them.
    package var workspaces: [String]?
    /// The first moment.
    package var from: Timestamp
    /// The moment after the last.
    package var to: Timestamp
    /// All of these hold.
    package var filters: [LedgerFilter]
    /// Whether only events are read of which something has no price now: unpriced and partially priced ones.
    package var unpricedOnly: Bool
    /// Whether only events are read that read from a cache or wrote to it; no job is about these.
    package var cachedOnly = false

    package init(
        workspaces: [String]? = nil,
        from: Timestamp,
        to: Timestamp,
        filters: [LedgerFilter] = [],
        unpricedOnly: Bool = false
    ) {
        self.workspaces = workspaces
        self.from = from
        self.to = to
        self.filters = filters
        self.unpricedOnly = unpricedOnly
    }

    /// The same events as a report's query.
    var events: LedgerQuery {
        LedgerQuery(workspaces: workspaces, from: from, to: to, filters: filters, source: .events)
    }

    func check() throws {
        guard Timestamp.storable.contains(from), Timestamp.storable.contains(to) else {
            throw LedgerError(.invalidQuery, "the range leaves the years 1 to 9999")
        }
        try events.check()
    }
}

/// A place in a scan.
///
/// Workspaces follow each other in the order of their numbers, and within one rows by time and number.
package struct LedgerScanCursor: Hashable, Sendable, Comparable {
    var workspace: Int32
    /// The time of the last row.
    package var occurredAt: Timestamp
    var row: Int64

    init(workspace: Int32, occurredAt: Timestamp, row: Int64) {
        self.workspace = workspace
        self.occurredAt = occurredAt
        self.row = row
    }

    package static func < (left: LedgerScanCursor, right: LedgerScanCursor) -> Bool {
        (left.workspace, left.occurredAt, left.row) < (right.workspace, right.occurredAt, right.row)
    }
}

/// A page of a scan.
package struct LedgerScanPage: Hashable, Sendable {
    /// Events with all that it takes to price them again, what was recorded and what they cost now; oldest first within
    /// a workspace, workspaces one after the other.
    package var rows: [LedgerRow]
    /// Where the next page starts; `nil` at the end.
    ///
    /// A page before the end may be short, and even empty.
    package var next: LedgerScanCursor?

    package init(rows: [LedgerRow], next: LedgerScanCursor?) {
        self.rows = rows
        self.next = next
    }
}

/// What a job does with one page.
package struct LedgerStep: Hashable, Sendable {
    /// The page, as it was read from the job's cursor on.
    package var page: LedgerScanPage
    /// What each row of the page shall cost from now on; `nil` leaves it as it is, and so does what it costs already.
    package var costs: [Cost?]
    /// What the one who drives the job wants to know on the next page; at most 64 KiB.
    package var carry: String?

    package init(page: LedgerScanPage, costs: [Cost?], carry: String? = nil) {
        self.page = page
        self.costs = costs
        self.carry = carry
    }

    func check() throws {
        guard costs.count == page.rows.count else {
            throw LedgerError(.invalidQuery, "a step needs a cost, or none, for each row of its page")
        }
        guard page.rows.count <= Self.rowLimit, (carry?.utf8.count ?? 0) <= 65_536 else {
            throw LedgerError(.invalidQuery, "a step has at most \(Self.rowLimit) rows and carries at most 64 KiB")
        }
        for cost in costs {
            let amount = cost?.money?.picoDollars ?? 0
            guard amount.magnitude <= Money.eventLimit.picoDollars.magnitude else {
                throw LedgerError(.invalidEntry, "an event would cost more than one event may")
            }
        }
    }

    /// Rows of a page at most.
    static let rowLimit = 10_000
}

extension Usage {
    /// Whether something was read from a cache or written to it.
    var isCached: Bool {
        [.cacheReadTokens, .cacheWriteTokens].contains { (self[$0] ?? .zero) > .zero }
    }
}
