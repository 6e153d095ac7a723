/// What a stage does with a batch of entries.
package protocol BatchHandler: Sendable {
    /// Handles a batch, and acknowledges it, unless the outcome asks the loop to do so.
    ///
    /// An error stands for the whole batch: a retriable one repeats it after a while, another one splits it until the
    /// entry at fault stands alone. So handling must be safe to repeat. What cannot be read is no error: it is poison.
    func handle(_ batch: [Delivery]) async throws -> BatchOutcome
}

/// What became of a handled batch.
///
/// Indices are those of the batch.
package struct BatchOutcome: Hashable, Sendable {
    /// Entries that can never be handled, with the reason: the loop buries them.
    package var poison: [Int: String]
    /// Entries that the loop shall acknowledge.
    package var acknowledge: [Int]

    package init(poison: [Int: String] = [:], acknowledge: [Int] = []) {
        self.poison = poison
        self.acknowledge = acknowledge
    }

    /// All was handled and acknowledged.
    package static let done = BatchOutcome()

    /// All was handled; the loop shall acknowledge what is not poison.
    package static func acknowledging(_ batch: [Delivery], except poison: [Int: String] = [:]) -> BatchOutcome {
        BatchOutcome(poison: poison, acknowledge: batch.indices.filter { poison[$0] == nil })
    }
}

/// What a loop reports while it runs, for metrics.
package enum ConsumerEvent: Hashable, Sendable {
    /// A batch of so many entries was handled in so long.
    case handled(entries: Int, duration: Duration)
    /// Handling or a stream operation failed; it will be repeated after the delay.
    case retrying(after: Duration)
    /// So many entries became dead letters.
    case buried(entries: Int)
    /// So many entries were taken over from consumers that went away, or from this one's own past.
    case reclaimed(entries: Int)
    /// So many acknowledged entries were dropped from the stream.
    case trimmed(entries: Int)
}
