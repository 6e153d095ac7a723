import Domain

/// Makes events whose cost is known: each uses what a case of `vectors.jsonl` uses.
struct LoadEventFactory: Sendable {
    private let vectors: [Vector]
    private let prefix: String
    private let now: Timestamp

    /// The range that holds all events.
    let from: String
    let to: String

    /// Days that events are spread over: several months' partitions and counters.
    private static let days = 60

    /// Makes a factory; cases that cost different amounts at different times of the day are left out.
    init(_ vectors: [Vector], prefix: String, now: Timestamp) {
        self.vectors = vectors.filter { $0.occurredAt == nil }
        self.prefix = prefix
        self.now = now
        from = now.adding(.seconds(-86_400 * Self.days - 86_400)).floored(toSeconds: 86_400).rfc3339
        to = now.adding(.seconds(2 * 86_400)).floored(toSeconds: 86_400).rfc3339
    }

    /// The event with this number, in which everything else follows from the roll.
    func event(number: Int, workspace: Int, roll: UInt64) -> LoadEvent {
        let vector = vectors[Int(roll % UInt64(vectors.count))]
        let age = Int64(roll >> 16 % UInt64(86_400 * Self.days))
        let time = now.adding(microseconds: -age * 1_000_000 - Int64(roll >> 40 & 0xFFFF)).rfc3339
        let user = roll >> 32 % 20
        let id = "\(prefix)-\(number)"
        let text = """
            {"event_id":"\(id)","occurred_at":"\(time)","team":"team-\(user % 5)","user":"u-\(user)",\(vector.members)}
            """
        return LoadEvent(id: id, workspace: workspace, text: Array(text.utf8), cost: vector.cost)
    }
}
