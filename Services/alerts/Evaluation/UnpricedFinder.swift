package import Domain
package import Ledger
internal import Wire

/// Tells of models whose usage has no price, once a month for each workspace and model.
package struct UnpricedFinder: AlertFinder {
    private let ledger: any LedgerCorrectionStore
    private let workspaces: @Sendable () -> [String]
    private let store: any AlertStore
    private let desk: AlertDesk

    /// Groups of one workspace that are looked at.
    private static let groupLimit = 500

    package init(
        ledger: any LedgerCorrectionStore,
        workspaces: @escaping @Sendable () -> [String],
        store: any AlertStore,
        desk: AlertDesk
    ) {
        self.ledger = ledger
        self.workspaces = workspaces
        self.store = store
        self.desk = desk
    }

    package func look(at now: Timestamp) async throws {
        for workspace in workspaces().sorted() {
            let page = try await ledger.unpriced(workspaces: [workspace], limit: Self.groupLimit, after: nil)
            let models = Dictionary(grouping: page.groups, by: \.model)
            let found = models.map { Self.alert(model: $0, groups: $1, workspace: workspace, at: now) }
            let known = try await store.known(notices: found.map(\.subject.name).map { String($0.dropFirst(2)) })
            for alert in found.sorted(by: { $0.subject.name < $1.subject.name }) {
                guard case .notice(let id, _, _, _) = alert.subject, !known.contains(id) else { continue }
                try await desk.raise([alert])
            }
        }
    }

    private static func alert(
        model: LedgerModel,
        groups: [UnpricedGroup],
        workspace: String,
        at now: Timestamp
    ) -> NewAlert {
        let first = groups.map(\.firstSeen).min() ?? now
        let events = groups.map(\.events).max() ?? 0
        let quantities = Set(groups.compactMap(\.quantity)).sorted().joined(separator: ", ")
        return NewAlert(
            subject: .notice(
                id: "unpriced:\(workspace):\(model.provider):\(model.model):\(now.rfc3339.prefix(7))",
                kind: .unpricedModel,
                title: "Usage of \(model.provider)/\(model.model) has no price",
                facts: [
                    .init("workspace", workspace), .init("provider", model.provider), .init("model", model.model),
                    .init("events", "\(events)"), .init("first_seen", first.rfc3339), .init("quantities", quantities),
                ].filter { !$0.value.isEmpty }
            ),
            workspace: workspace,
            happenedAt: now
        )
    }
}
