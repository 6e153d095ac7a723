package import Domain

/// Why a sync was made.
package enum SyncCause: String, Sendable, CaseIterable {
    /// The map that comes with the program was taken over.
    case shipped
    /// It was time.
    case scheduled
    /// Somebody asked.
    case manual
}

/// How a sync ended.
package enum SyncOutcome: String, Sendable, CaseIterable {
    /// It is under way.
    case running
    /// The map differs from the book: prices or questions went in.
    case applied
    /// The map was read and says what the book says.
    case unchanged
    /// The server says that the map is the one that was read last.
    case notModified = "not_modified"
    /// The whole map is not to be trusted.
    case refused
    /// There was no map to be had.
    case failed
    /// The replica that made it went away.
    case abandoned

    /// Whether the book is as the source wants it.
    package var isGood: Bool {
        switch self {
        case .applied, .unchanged, .notModified: true
        case .running, .refused, .failed, .abandoned: false
        }
    }
}

/// How many models a sync did something with.
package struct SyncCounts: Sendable, Hashable {
    /// Models of the map.
    package var models = 0
    /// New models.
    package var opened = 0
    /// Models with new prices.
    package var changed = 0
    /// Models that are gone.
    package var closed = 0
    package var unchanged = 0
    /// Models whose change somebody has to decide about; what was asked before is not counted again.
    package var quarantined = 0
    /// Models whose change is undecided or refused since an earlier sync.
    package var held = 0
    /// Oddities that were let in.
    package var warnings = 0

    package init() {}
}

/// One sync of the price map.
package struct SyncRecord: Sendable, Hashable {
    package var id: Int64
    package var cause: SyncCause
    /// The replica, or the person or key that asked.
    package var requestedBy: String
    /// The replica that makes it.
    package var instance: String
    /// Where the map came from.
    package var url: String
    package var startedAt: Timestamp
    package var finishedAt: Timestamp?
    package var outcome: SyncOutcome
    /// What the server calls this state of the map.
    package var etag: String?
    /// The SHA-256 of the map.
    package var digest: String?
    /// Why it failed or was refused, in words for people.
    package var detail: String?
    package var counts = SyncCounts()
    /// What changed, as JSON: a bounded list of keys for each kind of change.
    package var summary = "{}"

    package init(
        id: Int64,
        cause: SyncCause,
        requestedBy: String,
        instance: String,
        url: String,
        startedAt: Timestamp,
        outcome: SyncOutcome = .running
    ) {
        self.id = id
        self.cause = cause
        self.requestedBy = requestedBy
        self.instance = instance
        self.url = url
        self.startedAt = startedAt
        self.outcome = outcome
    }
}

/// A sync that wants to begin.
package struct SyncRequest: Sendable {
    package var cause: SyncCause
    /// The person or key that asks, or the replica.
    package var requestedBy: Author
    /// The replica that makes it.
    ///
    /// It makes one at a time, so that one of its own that is still running died with the process before.
    package var instance: String
    package var url: String
    package var at: Timestamp
    /// It is not due when a good sync, other than of the shipped map, has finished after this; nil when it is due in any case.
    package var dueBefore: Timestamp?
    /// A sync that has been running since before this is given up for dead.
    package var abandonedBefore: Timestamp

    package init(
        cause: SyncCause,
        requestedBy: Author,
        instance: String,
        url: String,
        at: Timestamp,
        dueBefore: Timestamp? = nil,
        abandonedBefore: Timestamp
    ) {
        self.cause = cause
        self.requestedBy = requestedBy
        self.instance = instance
        self.url = url
        self.at = at
        self.dueBefore = dueBefore
        self.abandonedBefore = abandonedBefore
    }
}

/// Whether a sync may begin.
package enum SyncAdmission: Sendable, Hashable {
    /// It may, and its row is written.
    case admitted(SyncRecord)
    /// Another one is under way.
    case running
    /// A good one was made in the meantime.
    case notDue
}

/// How a sync ended, for its row.
package struct SyncResult: Sendable {
    package var outcome: SyncOutcome
    package var etag: String?
    package var digest: String?
    package var detail: String?
    package var counts = SyncCounts()
    package var summary = "{}"
    /// Whether people are to be told.
    package var isNoticeDue = false

    package init(_ outcome: SyncOutcome, detail: String? = nil) {
        self.outcome = outcome
        self.detail = detail
    }
}
