package import Calendars
package import Domain

/// What a report can group and filter by.
package enum LedgerDimension: Hashable, Sendable {
    case workspace, team, project, user, sourceApp, provider, model, operation, serviceTier
    /// The value under a key of the client's tags.
    case tag(String)

    /// Reads `team`, `source_app`, …, or `tag.<key>`; `nil` for anything else.
    package init?(name: String) {
        switch name {
        case "workspace": self = .workspace
        case "team": self = .team
        case "project": self = .project
        case "user": self = .user
        case "source_app": self = .sourceApp
        case "provider": self = .provider
        case "model": self = .model
        case "operation": self = .operation
        case "service_tier": self = .serviceTier
        default:
            // A key that no event can have is none: ingest refuses longer ones, the database a zero.
            guard name.hasPrefix("tag."), (5...260).contains(name.utf8.count), !name.utf8.contains(0) else {
                return nil
            }
            self = .tag(String(name.dropFirst(4)))
        }
    }

    /// An event's value, `nil` when it has none.
    ///
    /// A manual adjustment may lack what every event has: the empty text stands for that.
    package func value(of priced: PricedEvent) -> String? {
        let event = priced.event
        switch self {
        case .workspace: return event.identity.workspace
        case .team: return event.identity.team
        case .project: return event.identity.project
        case .user: return event.identity.user
        case .sourceApp: return event.identity.sourceApp.isEmpty ? nil : event.identity.sourceApp
        case .provider: return event.provider.isEmpty ? nil : event.provider
        case .model: return event.model.isEmpty ? nil : event.model
        case .operation: return priced.operation.isEmpty ? nil : priced.operation
        case .serviceTier: return event.attributes.serviceTier
        case .tag(let key): return event.identity.tags.first { $0.key == key }?.value
        }
    }

    /// What `init(name:)` reads.
    package var name: String {
        switch self {
        case .workspace: "workspace"
        case .team: "team"
        case .project: "project"
        case .user: "user"
        case .sourceApp: "source_app"
        case .provider: "provider"
        case .model: "model"
        case .operation: "operation"
        case .serviceTier: "service_tier"
        case .tag(let key): "tag.\(key)"
        }
    }

    var isTag: Bool {
        if case .tag = self { true } else { false }
    }
}

/// Keeps events whose value in a dimension is one of those named.
package struct LedgerFilter: Hashable, Sendable {
    package var dimension: LedgerDimension
    package var values: [String]

    package init(_ dimension: LedgerDimension, _ values: [String]) {
        self.dimension = dimension
        self.values = values
    }

    /// The filter that keeps what a scope counts; `nil` for a whole workspace, which needs none.
    package init?(_ scope: Scope) {
        switch scope.type {
        case .workspace: return nil
        case .team: self.init(.team, [scope.id])
        case .project: self.init(.project, [scope.id])
        case .user: self.init(.user, [scope.id])
        case .sourceApp: self.init(.sourceApp, [scope.id])
        case .provider: self.init(.provider, [scope.id])
        case .model: self.init(.model, [scope.id])
        case .tag:
            let parts = scope.id.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            self.init(.tag(String(parts[0])), [parts.count > 1 ? String(parts[1]) : ""])
        }
    }
}

/// A quantity beside those that every report has.
package struct MeasuredQuantity: Hashable, Sendable {
    static let customPrefix = "custom:"
    static let guardrailPrefix = "guardrail:"

    /// A wire name, or `custom:<name>`, or `guardrail:<policy>`.
    package let name: String

    /// Names a quantity: a wire name, `custom:<name>` or `guardrail:<policy>`; `nil` for anything else.
    package init?(name: String) {
        let isFree = name.hasPrefix(Self.customPrefix) || name.hasPrefix(Self.guardrailPrefix)
        guard isFree || UsageQuantity(rawValue: name) != nil else { return nil }
        self.name = name
    }

    /// How much of it a call used.
    func amount(in usage: Usage) -> Amount {
        if let quantity = UsageQuantity(rawValue: name) { return usage[quantity] ?? .zero }
        return usage.rollupQuantities.first { $0.name == name }?.amount ?? .zero
    }
}

/// Which events a report is about.
package struct LedgerQuery: Hashable, Sendable {
    /// Where sums come from; both give the same figures.
    package enum Source: Hashable, Sendable {
        /// Rollups where they can, events for what they cannot tell: tags and the edges of a range.
        case best
        /// Events alone.
        case events
        /// Rollups alone; the range must consist of whole quarters of an hour.
        case rollups
    }

    /// The workspaces; `nil` is all of them.
    package var workspaces: [String]?
    /// The first moment.
    package var from: Timestamp
    /// The moment after the last.
    package var to: Timestamp
    /// All of these hold.
    package var filters: [LedgerFilter]
    /// A quantity to sum beside the usual ones.
    package var quantity: MeasuredQuantity?
    package var source: Source
    /// A view of the past: only what was recorded before this moment; it is read from events, never from rollups.
    package var recordedBefore: Timestamp?
    /// The calendar whose days and months the workspaces close; another one makes a report slower, never wrong.
    package var calendar: CalendarRules = .standard

    package init(
        workspaces: [String]?,
        from: Timestamp,
        to: Timestamp,
        filters: [LedgerFilter] = [],
        quantity: MeasuredQuantity? = nil,
        source: Source = .best,
        recordedBefore: Timestamp? = nil
    ) {
        self.workspaces = workspaces
        self.from = from
        self.to = to
        self.filters = filters
        self.quantity = quantity
        self.source = source
        self.recordedBefore = recordedBefore
    }

    /// The same query over the period of the same length that comes before.
    package var preceding: LedgerQuery {
        var copy = self
        copy.to = from
        copy.from = from.adding(microseconds: from.microseconds - to.microseconds)
        return copy
    }

    /// Whether an event belongs to it, whenever it was recorded.
    package func contains(_ priced: PricedEvent) -> Bool {
        let event = priced.event
        guard event.occurredAt >= from, event.occurredAt < to else { return false }
        if let workspaces, !workspaces.contains(event.identity.workspace) { return false }
        return filters.allSatisfy { filter in
            filter.dimension.value(of: priced).map { filter.values.contains($0) } ?? false
        }
    }
}
