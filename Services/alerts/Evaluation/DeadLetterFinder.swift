package import Domain
package import Streams
internal import Wire

/// Tells of entries that were given up on, once an hour for each stage.
package struct DeadLetterFinder: AlertFinder {
    private let streams: any StreamOperator
    private let store: any AlertStore
    private let desk: AlertDesk

    /// Older ones were told, or are history.
    private static let age: Int64 = 86_400
    /// Pages that are looked at, of as many letters each.
    private static let pages = 20
    private static let pageSize = 500

    package init(streams: any StreamOperator, store: any AlertStore, desk: AlertDesk) {
        self.streams = streams
        self.store = store
        self.desk = desk
    }

    package func look(at now: Timestamp) async throws {
        var counts: [ConsumerGroup: [Int64: Int]] = [:]
        var after: DeadLetterID?
        for _ in 0..<Self.pages {
            let page = try await streams.deadLetters(after: after, limit: Self.pageSize)
            for letter in page.letters {
                let seconds = Int64(clamping: letter.buriedAt / 1_000)
                guard seconds > now.seconds - Self.age else { continue }
                counts[letter.stage, default: [:]][seconds / 3_600, default: 0] += 1
            }
            guard let next = page.next else { break }
            after = next
        }
        for (stage, hours) in counts.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            for (hour, count) in hours.sorted(by: { $0.key < $1.key }) {
                try await tell(stage, hour: hour, count: count, at: now)
            }
        }
    }

    private func tell(_ stage: ConsumerGroup, hour: Int64, count: Int, at now: Timestamp) async throws {
        let start = Timestamp(seconds: hour * 3_600)
        let id = "dead-letters:\(stage.rawValue):\(start.rfc3339)"
        guard try await store.known(notices: [id]).isEmpty else { return }
        let subject = AlertSubject.notice(
            id: id,
            kind: .deadLetters,
            title: "\(count) \(count == 1 ? "entry" : "entries") could not be processed by \(stage.rawValue)",
            facts: [
                .init("stage", stage.rawValue), .init("hour", start.rfc3339), .init("entries", "\(count)"),
                .init("what_to_do", "oliver dead list"),
            ]
        )
        try await desk.raise([NewAlert(subject: subject, workspace: nil, happenedAt: now)])
    }
}
