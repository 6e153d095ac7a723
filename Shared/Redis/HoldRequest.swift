package import Domain
package import Streams

/// A question whether an amount may be spent, and the hold that shall reserve it.
package struct HoldRequest: Sendable {
    package var partition: Partition
    package var workspace: String
    /// The version of the budgets that the counters and limits come from.
    package var budgetsVersion: Int64
    /// Every counter that the amount would be counted in, each once.
    package var counters: [HoldCounter]
    /// What the call would be counted by, so that a budget that is made later finds it.
    package var scopes: [Scope]
    /// Not negative.
    package var amount: MoneySum
    /// The hold to make; `nil` only asks.
    package var hold: NewHold?
    package var idempotency: Idempotency?

    package init(
        partition: Partition,
        workspace: String,
        budgetsVersion: Int64,
        counters: [HoldCounter],
        scopes: [Scope] = [],
        amount: MoneySum,
        hold: NewHold? = nil,
        idempotency: Idempotency? = nil
    ) {
        self.partition = partition
        self.workspace = workspace
        self.budgetsVersion = budgetsVersion
        self.counters = counters
        self.scopes = scopes
        self.amount = amount
        self.hold = hold
        self.idempotency = idempotency
    }

    /// A hold that is to be made.
    package struct NewHold: Sendable {
        package var id: HoldID
        package var timeToLive: Duration
        /// What the caller wants to be told when the same request comes again.
        package var note: String

        package init(id: HoldID, timeToLive: Duration, note: String = "") {
            self.id = id
            self.timeToLive = timeToLive
            self.note = note
        }
    }

    /// Tells a repeated request from another one under the same key.
    package struct Idempotency: Hashable, Sendable {
        /// Stands for the API key and its client's idempotency key.
        package var name: String
        /// Stands for the request's body; without blanks.
        package var digest: String

        package init(name: String, digest: String) {
            self.name = name
            self.digest = digest
        }
    }
}

/// A counter that an amount would be counted in.
package struct HoldCounter: Hashable, Sendable {
    package var use: CounterUse
    /// The least limit of the budgets that block by it; `nil` when none does.
    package var limit: MoneySum?

    package init(use: CounterUse, limit: MoneySum?) {
        self.use = use
        self.limit = limit
    }
}

/// What a counter says to a preflight.
package struct HoldLevel: Hashable, Sendable {
    package var spent: MoneySum
    /// What open and committed holds reserve, apart from what is spent.
    package var held: MoneySum
    /// Whether the counter holds everything that was spent.
    package var isReady: Bool

    package init(spent: MoneySum, held: MoneySum, isReady: Bool) {
        self.spent = spent
        self.held = held
        self.isReady = isReady
    }
}

/// The answer to a `HoldRequest`.
///
/// Levels stand in the order of its counters.
package enum HoldAnswer: Hashable, Sendable {
    /// All limits have room; the levels have the new hold, which expires then.
    case allowed([HoldLevel], expiresAt: Timestamp?)
    /// The same request got this hold before, and it lives.
    case known([HoldLevel], KnownHold)
    /// A limit has no room: nothing was held. For each counter without room, when the first hold on it ends, if known.
    case denied([HoldLevel], firstEnds: [Timestamp?])
    /// A counter that blocks is not ready: nothing was held.
    case notReady([HoldLevel])
    /// Budgets have changed since the caller read them: it must read them anew.
    case stale
    /// Another request got a hold under the same idempotency key.
    case conflict

    /// A hold that the same request got before.
    package struct KnownHold: Hashable, Sendable {
        package var id: String
        /// `nil` when it is committed: then it does not expire.
        package var expiresAt: Timestamp?
        package var amount: MoneySum
        package var note: String
    }
}

/// What became of a request to change a hold.
package enum HoldChange: Hashable, Sendable {
    /// It was done; an extended hold expires then.
    case done(expiresAt: Timestamp?)
    /// There is no such hold in the workspace, or it ended a while ago.
    case unknown
    /// It has expired, or was settled or released.
    case ended
    /// An event has committed it: counting the event will settle it.
    case committed
}

/// A hold that has not ended.
package struct HoldRecord: Hashable, Sendable {
    package var id: String
    package var workspace: String
    package var amount: MoneySum
    package var madeAt: Timestamp
    /// `nil` when an event has committed it.
    package var expiresAt: Timestamp?
    /// The names of the counters that hold the amount.
    package var counters: [String]
}
