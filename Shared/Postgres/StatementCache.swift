/// Which statements a connection has prepared, by their text; the least recently used one makes room.
struct StatementCache {
    private struct Entry {
        var name: String
        var lastUse: Int
    }

    private let capacity: Int
    private var entries: [SQL: Entry] = [:]
    private var uses = 0
    private var nextNumber = 1

    /// - Parameter capacity: How many statements are kept, at least 1.
    init(capacity: Int) {
        self.capacity = max(capacity, 1)
    }

    var count: Int { entries.count }

    /// The name under which a statement is prepared, if it is.
    mutating func name(of sql: SQL) -> String? {
        uses += 1
        entries[sql]?.lastUse = uses
        return entries[sql]?.name
    }

    /// A name that no statement of this connection has had.
    mutating func makeName() -> String {
        defer { nextNumber += 1 }
        return "s\(nextNumber)"
    }

    /// Remembers a prepared statement and returns the name of the one that must be deallocated for it, if any.
    mutating func insert(_ sql: SQL, name: String) -> String? {
        uses += 1
        var evicted: String?
        if entries.count >= capacity, entries[sql] == nil,
            let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse })
        {
            evicted = oldest.value.name
            entries[oldest.key] = nil
        }
        entries[sql] = Entry(name: name, lastUse: uses)
        return evicted
    }

    /// Forgets a statement and returns the name it had.
    mutating func remove(_ sql: SQL) -> String? {
        entries.removeValue(forKey: sql)?.name
    }
}
