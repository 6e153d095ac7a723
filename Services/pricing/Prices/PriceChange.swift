package import Domain
internal import PriceBook
internal import PriceDesk

/// A price that a sync brought and that a guard kept out until somebody decides.
package struct PriceChange: Sendable, Hashable {
    /// What has become of it.
    package enum State: String, Sendable, CaseIterable {
        /// Nobody has decided; the last good price holds.
        case pending
        /// Taken over at the time of the decision.
        case approved
        /// Refused: the same value is not asked for again.
        case rejected
        /// A later sync brought something else.
        case superseded
    }

    package var id: Int64
    /// The sync that brought it first.
    package var syncID: Int64
    /// The model's key in the map.
    package var key: String
    package var state: State
    /// The guards that fired, by name.
    package var guards: [String]
    /// What they found, in words for people.
    package var detail: String
    /// The prices that hold, as content JSON; nil for a new model.
    package var oldContent: String?
    /// The prices that were brought, as content JSON; nil when the model vanished.
    package var newContent: String?
    /// The content version of what was brought; 0 when the model vanished.
    package var newVersion: UInt64
    package var createdAt: Timestamp
    package var decidedAt: Timestamp?
    package var decidedBy: String?
    /// What the person who decided had to say.
    package var note: String?

    package init(
        id: Int64,
        syncID: Int64,
        key: String,
        state: State = .pending,
        guards: [String],
        detail: String,
        oldContent: String?,
        newContent: String?,
        newVersion: UInt64,
        createdAt: Timestamp,
        decidedAt: Timestamp? = nil,
        decidedBy: String? = nil,
        note: String? = nil
    ) {
        self.id = id
        self.syncID = syncID
        self.key = key
        self.state = state
        self.guards = guards
        self.detail = detail
        self.oldContent = oldContent
        self.newContent = newContent
        self.newVersion = newVersion
        self.createdAt = createdAt
        self.decidedAt = decidedAt
        self.decidedBy = decidedBy
        self.note = note
    }
}

/// What somebody decides about a price change.
package struct PriceDecision: Sendable {
    package var changeID: Int64
    package var isApproved: Bool
    /// Who decides.
    package var by: Author
    package var note: String?

    package init(changeID: Int64, isApproved: Bool, by: Author, note: String? = nil) {
        self.changeID = changeID
        self.isApproved = isApproved
        self.by = by
        self.note = note
    }

    /// The state that the change is to have.
    var state: PriceChange.State { isApproved ? .approved : .rejected }
}

/// What is undecided or refused, for the planner of a sync.
package struct PriceVerdicts: Sendable, Hashable {
    /// Pending changes: the model's key and the content version that was brought, 0 when it vanished.
    package var pending: [String: UInt64]
    /// Refused values, by the model's key.
    package var rejected: [String: Set<UInt64>]

    package init(pending: [String: UInt64] = [:], rejected: [String: Set<UInt64>] = [:]) {
        self.pending = pending
        self.rejected = rejected
    }
}

extension PriceChange {
    mutating func decide(_ decision: PriceDecision, at time: Timestamp) {
        state = decision.state
        decidedAt = time
        decidedBy = decision.by.signature
        note = decision.note
    }

    /// The entry that was brought; nil when the model vanished.
    func newEntry() throws(PriceStoreError) -> PriceEntry? {
        try newContent.map { content throws(PriceStoreError) in try PriceEntry(key: key, stored: content) }
    }

    /// The entry that held; nil for a new model.
    func oldEntry() throws(PriceStoreError) -> PriceEntry? {
        try oldContent.map { content throws(PriceStoreError) in try PriceEntry(key: key, stored: content) }
    }
}

extension PriceDecision {
    /// The reason that an approved version carries.
    var reason: String { note.map { "approved change \(changeID): \($0)" } ?? "approved change \(changeID)" }
}

extension PriceEntry {
    /// Reads content that this store wrote.
    init(key: String, stored content: String) throws(PriceStoreError) {
        var reader = PriceEntryReader()
        self = try reader.entry(key: key, stored: content)
    }
}
