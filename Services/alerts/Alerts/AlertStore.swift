package import Domain
package import ServiceRuntime
internal import Streams

/// Which alerts a list shows.
package struct AlertFilter: Hashable, Sendable {
    /// `nil` for all; else those of these workspaces.
    package var workspaces: [String]?
    package var budget: String?
    package var kind: AlertKind?
    package var state: AlertState?

    package init(
        workspaces: [String]? = nil,
        budget: String? = nil,
        kind: AlertKind? = nil,
        state: AlertState? = nil
    ) {
        self.workspaces = workspaces
        self.budget = budget
        self.kind = kind
        self.state = state
    }
}

/// How much is still to be told.
package struct AlertBacklog: Hashable, Sendable {
    package var pendingDeliveries: Int64
    package var failedDeliveries: Int64
}

/// Keeps alerts, who is to be told of them, and the channels.
///
/// The row is the work: an alert and its deliveries are written in one transaction, and a delivery is made until it is
/// settled, by whichever replica claims it. All methods throw ``AlertError``.
package protocol AlertStore: Sendable {
    /// Adds those alerts that are new, each with its deliveries; all or nothing.
    ///
    /// - Parameters:
    ///   - alerts: Some that belong together: they go to a destination in one message.
    ///   - reachable: The kinds of destinations that can be told; deliveries to others are noted as undeliverable.
    ///   - time: The present.
    /// - Returns: What was new.
    /// - Throws: ``AlertError``.
    func add(_ alerts: [NewAlert], reachable: Set<ChannelKind>, at time: Timestamp) async throws -> [Alert]

    /// Alerts, the newest first, those with ids below `before`.
    func alerts(_ filter: AlertFilter, before id: Int64?, limit: Int) async throws -> [Alert]

    /// What became of the deliveries of some alerts.
    func receipts(of alerts: [Int64]) async throws -> [Int64: [DeliveryReceipt]]

    /// Whether the log has an alert of each of these names.
    func known(notices ids: [String]) async throws -> Set<String>

    /// Claims the next message of a destination that is due, for this replica alone.
    func claim(_ rules: DeliveryRules, at time: Timestamp) async throws -> ClaimOutcome

    /// Notes how a try ended.
    ///
    /// A success counts whoever holds the claim by now; a failure only while this replica holds it.
    func settle(
        _ message: ClaimedMessage,
        _ result: DeliveryResult,
        rules: DeliveryRules,
        random: UInt64,
        at time: Timestamp
    ) async throws -> Settlement

    /// How much is still to be told.
    func backlog() async throws -> AlertBacklog

    /// All channels, the oldest first.
    func channels() async throws -> [Channel]

    /// Adds a channel. Fails as a conflict when there are too many.
    func create(_ channel: Channel, by author: Author) async throws

    /// Replaces a channel of the same id. Fails as not found, or as outdated when its version is not the one before.
    func update(_ channel: Channel, by author: Author) async throws

    /// Ends a channel; what is still to be delivered to it is given up. Fails as not found.
    func removeChannel(_ id: String, by author: Author, at time: Timestamp) async throws

    /// The installation's key, made at the first call of all.
    func installationKey(orElse made: [UInt8]) async throws -> [UInt8]
}

/// Why the alerts' store could not do what was asked.
package struct AlertError: RetriableError, AnswerableError, CustomStringConvertible {
    /// The kinds of failure.
    package struct Code: Sendable, Hashable {
        private enum Kind { case conflict, notFound, outdated, unavailable }
        private let kind: Kind

        /// It contradicts what is stored.
        package static let conflict = Code(kind: .conflict)
        /// Nothing has that id.
        package static let notFound = Code(kind: .notFound)
        /// It has changed since the caller read it.
        package static let outdated = Code(kind: .outdated)
        /// The store did not answer as it should.
        package static let unavailable = Code(kind: .unavailable)
    }

    package let code: Code
    /// What happened, in words for people.
    package let message: String
    /// The error below, for the log only.
    package let underlying: (any Error)?

    package init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.underlying = underlying
    }

    /// Whether the same call may succeed later.
    package var isRetriable: Bool { code == .unavailable }

    package var problem: Problem {
        switch code {
        case .notFound: .notFound(message)
        case .conflict, .outdated: .conflict(message)
        default: .unavailable("The alerts cannot be reached at the moment.", retryAfter: .seconds(2))
        }
    }

    package var description: String { underlying.map { "\(message) (\($0))" } ?? message }

    static func noChannel(_ id: String) -> AlertError {
        AlertError(.notFound, "There is no channel \"\(id)\".")
    }

    static func outdated(_ id: String) -> AlertError {
        AlertError(.outdated, "The channel \"\(id)\" has changed meanwhile.")
    }

    static let tooManyChannels = AlertError(
        .conflict,
        "There are \(ChannelRules.channelsPerWorkspace) channels there already, as many as there may be."
    )
}
