internal import Domain
package import Streams
internal import Wire

/// Takes in notices: a crossing is a hint to look, everything else is an alert itself.
package struct NoticeHandler: BatchHandler {
    private let watch: CrossingWatch
    private let desk: AlertDesk

    package init(watch: CrossingWatch, desk: AlertDesk) {
        self.watch = watch
        self.desk = desk
    }

    package func handle(_ batch: [Delivery]) async throws -> BatchOutcome {
        var poison: [Int: String] = [:]
        for (index, delivery) in batch.enumerated() {
            do {
                let notice = try NoticeEntry(delivery.payload)
                if notice.kind == AlertKind.budgetCrossing.rawValue {
                    watch.take(try CrossingHint(notice))
                } else {
                    try await desk.raise([NewAlert(notice)])
                }
            } catch let error as WireError {
                poison[index] = "\(error)"
            }
        }
        return .acknowledging(batch, except: poison)
    }
}

extension CrossingHint {
    /// - Throws: `WireError` when the notice does not name a budget.
    init(_ notice: NoticeEntry) throws(WireError) {
        guard let budget = notice["budget"] else { throw WireError("a crossing names no budget") }
        self.init(
            budget: budget,
            scopeValue: notice["scope_id"],
            threshold: notice["threshold"].flatMap { Int($0) },
            limitVersion: notice["limit_version"].flatMap { Int64($0) },
            happenedAt: notice.createdAt
        )
    }
}

extension NewAlert {
    /// The alert that a notice is.
    init(_ notice: NoticeEntry) {
        self.init(
            subject: .notice(
                id: notice.id,
                kind: AlertKind(rawValue: notice.kind) ?? .other,
                title: notice.title,
                facts: notice.facts
            ),
            workspace: notice["workspace"],
            happenedAt: notice.createdAt
        )
    }
}

extension NoticeEntry {
    /// A fact by its name.
    subscript(name: String) -> String? {
        facts.first { $0.name == name }.flatMap { $0.value.isEmpty ? nil : $0.value }
    }
}
