package import Calendars
package import Domain
internal import Ledger
package import Redis

/// The name of a counter: what is counted, and for which period.
///
/// It says all there is to know about the counter, the bounds of its period included: another calendar makes other
/// counters, and none is ever counted by two calendars. The parts are joined by U+001F, which no id may contain, so
/// that no two counters share a name.
package struct CounterName: Hashable, Sendable {
    package let workspace: String
    /// Of one value: a counter never stands for every value.
    package let scope: Scope
    package let kind: PeriodKind
    package let start: Timestamp
    /// The first moment after the period; `nil` for `total`, which never ends.
    package let end: Timestamp?

    package init(workspace: String, scope: Scope, period: Period) {
        self.workspace = workspace
        self.scope = scope
        kind = period.kind
        start = period.start
        end = period.end
    }

    /// Reads a name as it stands in Redis; `nil` for one that Oliver did not write.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: Self.separator, omittingEmptySubsequences: false)
        guard parts.count == 4, let type = ScopeType(rawValue: String(parts[1])) else { return nil }
        workspace = String(parts[0])
        scope = Scope(type: type, id: String(parts[2]))
        let period = parts[3].split(separator: ":", omittingEmptySubsequences: false)
        guard let kind = PeriodKind(rawValue: String(period[0])) else { return nil }
        self.kind = kind
        if kind == .total, period.count == 1 {
            start = Timestamp(microseconds: 0)
            end = nil
        } else if kind != .total, period.count == 3, let start = Int64(period[1]), let end = Int64(period[2]) {
            self.start = Timestamp(seconds: start)
            self.end = Timestamp(seconds: end)
        } else {
            return nil
        }
    }

    private static let separator: Character = "\u{1F}"

    /// The name as it stands in Redis.
    ///
    /// Periods begin and end on whole seconds in every zone.
    package var text: String {
        let period = end.map { "\(kind.rawValue):\(start.seconds):\($0.seconds)" } ?? kind.rawValue
        return [workspace, scope.type.rawValue, scope.id, period].joined(separator: String(Self.separator))
    }

    /// For people: `month from 2026-11-01T00:00:00Z`.
    package var periodText: String {
        end == nil ? kind.rawValue : "\(kind.rawValue) from \(start.rfc3339)"
    }

    /// For people: `team:growth`.
    package var scopeText: String { "\(scope.type.rawValue):\(scope.id)" }

    /// The counter with the time at which it may be forgotten.
    package var use: CounterUse {
        CounterUse(name: text, expiresAt: end?.adding(CounterCatalogue.retention))
    }

    /// Whether the counter has been forgotten, or would be at once.
    package func isOver(at now: Timestamp) -> Bool {
        end.map { $0.adding(CounterCatalogue.retention) <= now } ?? false
    }

    /// Whether an event is counted here.
    func contains(_ event: UsageEvent) -> Bool {
        guard event.identity.workspace == workspace, scope.contains(event) else { return false }
        return end.map { event.occurredAt >= start && event.occurredAt < $0 } ?? true
    }

    /// What the ledger is asked for.
    func query(_ source: LedgerQuery.Source) -> LedgerQuery {
        LedgerQuery(
            workspaces: [workspace],
            from: end == nil ? .distantPast : start,
            to: end ?? .distantFuture,
            filters: LedgerFilter(scope).map { [$0] } ?? [],
            source: source
        )
    }
}

extension Timestamp {
    /// Before every event: the year 0001.
    static let distantPast = Timestamp(seconds: -62_135_596_800)
    /// After every event: the year 9999.
    static let distantFuture = Timestamp(seconds: 253_370_764_800)
}
