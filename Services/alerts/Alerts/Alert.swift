package import Domain
package import Wire

/// What became of an alert as a whole.
package enum AlertState: String, CaseIterable, Hashable, Sendable {
    /// At least one delivery is still to be made.
    case pending
    /// All deliveries were made.
    case sent
    /// At least one delivery was given up.
    case failed
    /// Nobody is to be told, or mail is off: it is in the log only.
    case undeliverable
}

/// What a program that looks at alerts can tell apart; also what a channel can ask for.
package enum AlertKind: String, CaseIterable, Hashable, Sendable {
    /// Spend has reached a threshold of a budget.
    case budgetCrossing = "budget_crossing"
    /// A sync changed prices, or found changes that somebody must decide about.
    case priceSync = "price_sync"
    /// Prices have not been brought up to date for long.
    case priceSyncStale = "price_sync_stale"
    /// Usage of a model has no price.
    case unpricedModel = "unpriced_model"
    /// Entries could not be processed and were put aside.
    case deadLetters = "dead_letters"
    /// Much more was spent on a day than on that weekday before.
    case spendAnomaly = "spend_anomaly"
    /// A notice of a kind that this version does not know.
    case other
}

/// A spend that has reached a threshold: what names an alert about a budget for ever.
package struct CrossingKey: Hashable, Sendable, Comparable {
    package var budget: String
    /// The scope's value; for a budget of every value the one that crossed.
    package var scopeValue: String
    /// The period's name, for example `month:2026-11-01`.
    package var period: String
    /// A percentage.
    package var threshold: Int
    package var limitVersion: Int64

    package init(budget: String, scopeValue: String, period: String, threshold: Int, limitVersion: Int64) {
        self.budget = budget
        self.scopeValue = scopeValue
        self.period = period
        self.threshold = threshold
        self.limitVersion = limitVersion
    }

    package static func < (left: CrossingKey, right: CrossingKey) -> Bool {
        (left.budget, left.scopeValue, left.period, left.limitVersion, left.threshold)
            < (right.budget, right.scopeValue, right.period, right.limitVersion, right.threshold)
    }
}

/// A crossing with what its text is made from, as it was when it was found.
package struct Crossing: Hashable, Sendable {
    package var key: CrossingKey
    package var budgetName: String
    package var scopeType: ScopeType
    package var spent: MoneySum
    package var limit: MoneySum

    package init(key: CrossingKey, budgetName: String, scopeType: ScopeType, spent: MoneySum, limit: MoneySum) {
        self.key = key
        self.budgetName = budgetName
        self.scopeType = scopeType
        self.spent = spent
        self.limit = limit
    }
}

/// What an alert is about.
package enum AlertSubject: Hashable, Sendable {
    case crossing(Crossing)
    /// A message of another service, or about what was found in the streams and the ledger; its id is told once.
    case notice(id: String, kind: AlertKind, title: String, facts: [NoticeEntry.Fact])

    package var kind: AlertKind {
        switch self {
        case .crossing: .budgetCrossing
        case .notice(_, let kind, _, _): kind
        }
    }
}

/// An alert that was found; it is told unless it was before.
package struct NewAlert: Hashable, Sendable {
    package var subject: AlertSubject
    /// Whose it is; `nil` for the installation's.
    package var workspace: String?
    /// When it happened, as far as is known: what the delay is measured from.
    package var happenedAt: Timestamp
    /// Who is to be told.
    package var destinations: [Destination]

    package init(
        subject: AlertSubject,
        workspace: String?,
        happenedAt: Timestamp,
        destinations: [Destination] = []
    ) {
        self.subject = subject
        self.workspace = workspace
        self.happenedAt = happenedAt
        self.destinations = destinations
    }
}

/// An alert in the log.
package struct Alert: Hashable, Sendable {
    package var id: Int64
    package var subject: AlertSubject
    package var workspace: String?
    package var happenedAt: Timestamp
    package var createdAt: Timestamp
    package var state: AlertState
}

/// Somebody who is told.
package struct Destination: Hashable, Sendable, Comparable {
    package var kind: ChannelKind
    /// A mail address in lower case; for other kinds the channel's id.
    package var address: String

    package init(kind: ChannelKind, address: String) {
        self.kind = kind
        self.address = address
    }

    /// A mailbox; mail to one address is one destination, however many budgets and channels name it.
    package static func email(_ address: String) -> Destination {
        Destination(kind: .email, address: address.lowercased())
    }

    package static func < (left: Destination, right: Destination) -> Bool {
        (left.kind.rawValue, left.address) < (right.kind.rawValue, right.address)
    }
}
