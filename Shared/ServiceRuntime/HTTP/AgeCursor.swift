package import Domain

/// A place in a list that is ordered by age, then by id: what is made or ends between two pages moves nothing.
package struct AgeCursor: Comparable, Sendable {
    private let createdAt: Int64
    private let id: String

    /// The place of an item.
    package init(createdAt: Timestamp, id: String) {
        self.createdAt = createdAt.microseconds
        self.id = id
    }

    /// Reads a cursor's text; `nil` when it is none of ours.
    package init?(_ text: String) {
        let parts = text.split(separator: "_", maxSplits: 1)
        guard parts.count == 2, let time = Int64(parts[0]) else { return nil }
        createdAt = time
        id = String(parts[1])
    }

    /// The cursor as text for clients, who need not understand it.
    package var text: String { "\(createdAt)_\(id)" }

    /// Whether one is older than the other.
    package static func < (left: AgeCursor, right: AgeCursor) -> Bool {
        (left.createdAt, left.id) < (right.createdAt, right.id)
    }
}
