/// A request to take an event id and to enqueue its raw entry, in one step.
package struct Claim: Hashable, Sendable {
    package var partition: Partition
    /// 16 bytes that stand for (workspace, event id).
    package var idHash: [UInt8]
    /// Stands for the event's body: the same id with another digest is a conflict.
    ///
    /// 8 to 32 bytes.
    package var digest: [UInt8]
    /// What pricing receives.
    package var payload: [UInt8]
    /// The hold that the event commits in the same step, when it can.
    package var hold: HoldUse?
    /// That others may report the same event; such a claim commits no hold.
    package var report: ReportUse?

    package init(
        partition: Partition,
        idHash: [UInt8],
        digest: [UInt8],
        payload: [UInt8],
        hold: HoldUse? = nil,
        report: ReportUse? = nil
    ) {
        self.partition = partition
        self.idHash = idHash
        self.digest = digest
        self.payload = payload
        self.hold = hold
        self.report = report
    }
}

/// The hold that an event names, and the workspace it must belong to.
package struct HoldUse: Hashable, Sendable {
    /// As the client wrote it.
    package var id: String
    package var workspace: String

    package init(id: String, workspace: String) {
        self.id = id
        self.workspace = workspace
    }
}

/// What became of the hold that an event named.
package enum HoldMark: Hashable, Sendable {
    /// It named none.
    case none
    /// The event has committed this hold, and no other event will: counting the event settles it.
    case committed(String)
    /// The hold was unknown, foreign, expired or used: the event is counted without one.
    case unusable

    /// The id of the hold that is to be settled.
    package var committedID: String? {
        if case .committed(let id) = self { id } else { nil }
    }
}

/// What became of a claim.
package enum ClaimOutcome: Hashable, Sendable {
    /// The event is in the stream (durably, as far as the server's fsync policy goes).
    case accepted
    /// The id was claimed before with the same digest; of reports also: this one has taken a poorer one's place.
    case duplicate
    /// The id was claimed before with another digest.
    case conflict
    /// Nothing is known to have been claimed: the client shall try again later, with the same id.
    case refused(ClaimRefusal)
}

/// Why a claim could not be decided.
///
/// Retrying the same id is always safe.
package struct ClaimRefusal: Hashable, Sendable {
    /// What stands in the way.
    package enum Code: String, Hashable, Sendable {
        /// The partition holds as many raw or priced entries as it may.
        case backlog
        /// The server has no memory left.
        case outOfMemory = "out_of_memory"
        /// The server cannot be reached, or failed.
        case unavailable
    }

    package var code: Code
    /// For the log, not for clients.
    package var detail: String

    package init(code: Code, detail: String) {
        self.code = code
        self.detail = detail
    }
}
