package import Domain

/// The sums of one value of a dimension.
package struct LedgerGroup: Hashable, Sendable {
    /// The value; `nil` for events that have none.
    package var key: String?
    package var totals: LedgerTotals

    package init(key: String?, totals: LedgerTotals) {
        self.key = key
        self.totals = totals
    }
}

/// Sums by a dimension: the costliest values, and the rest as one.
package struct LedgerBreakdown: Hashable, Sendable {
    /// The costliest first; equal ones by events, then by key.
    package var rows: [LedgerGroup]
    /// The rest; `nil` when there is none.
    package var other: LedgerTotals?
    package var total: LedgerTotals

    package init(rows: [LedgerGroup], other: LedgerTotals?, total: LedgerTotals) {
        self.rows = rows
        self.other = other
        self.total = total
    }
}

/// Sums by time, for one value of a dimension or for all events.
package struct LedgerSeries: Hashable, Sendable {
    /// Whose sums they are.
    package enum Key: Hashable, Sendable {
        /// All events: nothing was grouped by.
        case all
        /// One value; `nil` for events that have none.
        case value(String?)
        /// Everything beyond the limit.
        case other
    }

    package var key: Key
    /// A sum for each interval, in their order, also where nothing happened.
    package var points: [LedgerTotals]

    package init(key: Key, points: [LedgerTotals]) {
        self.key = key
        self.points = points
    }
}

/// A place in the list of usage.
package struct LedgerCursor: Hashable, Sendable, CustomStringConvertible {
    package var occurredAt: Timestamp
    package var id: Int64

    package init(occurredAt: Timestamp, id: Int64) {
        self.occurredAt = occurredAt
        self.id = id
    }

    /// Reads what `description` writes; `nil` for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 2, let time = Int64(parts[0]), let id = Int64(parts[1]) else { return nil }
        guard Timestamp.storable.contains(Timestamp(microseconds: time)) else { return nil }
        self.init(occurredAt: Timestamp(microseconds: time), id: id)
    }

    package var description: String { "\(occurredAt.microseconds)_\(id)" }
}

/// A page of the list of usage.
package struct LedgerPage: Hashable, Sendable {
    /// The newest first.
    package var rows: [LedgerRow]
    /// Where the next page starts; `nil` at the end.
    package var next: LedgerCursor?

    package init(rows: [LedgerRow], next: LedgerCursor?) {
        self.rows = rows
        self.next = next
    }
}
