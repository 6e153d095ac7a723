package import Domain

/// A place in a list that is ordered by age: what ends or comes in between moves nothing.
package struct AgeCursor: Comparable, Sendable {
    private let createdAt: Int64
    private let id: String

    package init(createdAt: Timestamp, id: String) {
        self.createdAt = createdAt.microseconds
        self.id = id
    }

    /// Reads a cursor's text.
    package init?(_ text: String) {
        let parts = text.split(separator: "_", maxSplits: 1)
        guard parts.count == 2, let time = Int64(parts[0]) else { return nil }
        createdAt = time
        id = String(parts[1])
    }

    /// The cursor as text for clients, who need not understand it.
    package var text: String { "\(createdAt)_\(id)" }

    package static func < (left: AgeCursor, right: AgeCursor) -> Bool {
        (left.createdAt, left.id) < (right.createdAt, right.id)
    }
}

extension ListRequest {
    /// The cursor of a list that is ordered by age.
    ///
    /// - Throws: A 422 problem when it is none of ours.
    package func ageAfter() throws(Problem) -> AgeCursor? {
        guard let after else { return nil }
        guard let cursor = AgeCursor(after) else { throw Self.badCursor }
        return cursor
    }
}
