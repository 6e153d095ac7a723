internal import Domain
package import Logging
package import ServiceRuntime

/// Takes in what was found: finds out who is to be told and writes it down, once.
package struct AlertDesk: Sendable {
    private let store: any AlertStore
    private let channels: ChannelCache
    private let reachable: Set<ChannelKind>
    private let metrics: AlertsMetrics
    private let clock: any WallClock
    private let logger: Logger

    /// - Parameters:
    ///   - store: Where alerts are kept.
    ///   - channels: Who is told beside the recipients of budgets.
    ///   - reachable: The kinds of destinations that can be told.
    ///   - metrics: Told of new alerts.
    ///   - clock: The present.
    ///   - logger: Told of new alerts.
    package init(
        store: any AlertStore,
        channels: ChannelCache,
        reachable: Set<ChannelKind>,
        metrics: AlertsMetrics,
        clock: any WallClock,
        logger: Logger
    ) {
        self.store = store
        self.channels = channels
        self.reachable = reachable
        self.metrics = metrics
        self.clock = clock
        self.logger = logger
    }

    /// Writes down alerts that belong together, those of them that are new.
    ///
    /// - Parameter alerts: What was found; the channels' destinations are added here.
    /// - Returns: What was new.
    /// - Throws: ``AlertError``.
    @discardableResult
    package func raise(_ alerts: [NewAlert]) async throws -> [Alert] {
        guard !alerts.isEmpty else { return [] }
        let known = try await channels.all()
        let routed = alerts.map { alert in
            var alert = alert
            let takers = known.filter { $0.takes(alert.subject.kind, of: alert.workspace) }
            alert.destinations += takers.map(\.destination)
            return alert
        }
        let added = try await store.add(routed, reachable: reachable, at: clock.now)
        metrics.raised(added)
        for alert in added {
            logger.info(
                "an alert was raised",
                metadata: ["alert": "\(alert.id)", "kind": "\(alert.subject.kind.rawValue)", "state": "\(alert.state)"]
            )
        }
        return added
    }
}
