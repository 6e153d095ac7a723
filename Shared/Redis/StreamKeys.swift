import Streams

/// The names of all keys.
///
/// Those of one partition share its hash tag, so that a function touches one slot.
enum StreamKeys {
    /// Outside every partition's data: how many partitions there are.
    static let partitions = "oliver:partitions:{p00}"

    static func stream(_ kind: StreamKind, _ partition: Partition) -> String {
        "\(kind.rawValue):{\(partition)}"
    }

    static func dead(_ partition: Partition) -> String { "dead:{\(partition)}" }

    static func epoch(_ partition: Partition) -> String { "epoch:{\(partition)}" }

    /// What stands before the 16 bytes of an event id's hash.
    static func idPrefix(_ partition: Partition) -> [UInt8] { Array("id:{\(partition)}:".utf8) }

    /// Reports that wait for richer ones: id key → digest, rank and payload.
    static func waiting(_ partition: Partition) -> String { "waiting:{\(partition)}" }

    /// When the reports' windows end: id key by time in ms.
    static func due(_ partition: Partition) -> String { "due:{\(partition)}" }

    static func outboxMark(_ partition: Partition) -> String { "outbox:{\(partition)}" }

    static func holds(_ partition: Partition) -> String { "holds:{\(partition)}" }

    static func hold(_ id: String, _ partition: Partition) -> String { "hold:{\(partition)}:\(id)" }

    /// What stands before the hash of an API key and its caller's idempotency key.
    static func idempotency(_ name: String, _ partition: Partition) -> String { "idem:{\(partition)}:\(name)" }

    static func counter(_ name: String, _ partition: Partition) -> String { "spend:{\(partition)}:\(name)" }

    /// The version of all budgets that the partition's counting must know.
    static func budgets(_ partition: Partition) -> String { "defs:{\(partition)}" }

    /// Where the entries of earlier epochs end: epoch → last id.
    static func cuts(_ partition: Partition) -> String { "cuts:{\(partition)}" }

    /// What `budget` is to count again: id → epoch and first id.
    static func replayed(_ partition: Partition) -> String { "replayed:{\(partition)}" }

    /// The counters of a workspace that were made for the values that events happened to have.
    static func register(_ workspace: String, _ partition: Partition) -> String {
        "counters:{\(partition)}:\(workspace)"
    }
}
