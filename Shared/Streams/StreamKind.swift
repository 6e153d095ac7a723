/// The streams that events and notices move through.
///
/// Each has one stream per partition.
package enum StreamKind: String, Sendable, CaseIterable {
    /// Accepted events, not yet priced.
    case raw = "usage:raw"
    /// Priced events (the unpriced ones too).
    case priced = "usage:priced"
    /// Messages for people.
    case notices

    /// The groups that must all have acknowledged an entry before it may be trimmed.
    package var groups: [ConsumerGroup] {
        switch self {
        case .raw: [.pricing]
        case .priced: [.budget, .ledger]
        case .notices: [.alerts]
        }
    }
}

/// The consumers that share the entries of a stream among themselves.
package enum ConsumerGroup: String, Sendable, CaseIterable {
    case pricing
    case budget
    case ledger
    case alerts
}
