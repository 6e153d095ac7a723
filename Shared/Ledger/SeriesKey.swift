internal import Domain

/// The dimensions of an event that many events share.
struct SeriesKey: Hashable, Sendable {
    var workspace: String
    var team: String?
    var project: String?
    var user: String?
    var sourceApp: String
    var provider: String
    var model: String
    var operation: String
    var serviceTier: String?

    init(_ priced: PricedEvent) {
        let identity = priced.event.identity
        workspace = identity.workspace
        team = identity.team
        project = identity.project
        user = identity.user
        sourceApp = identity.sourceApp
        provider = priced.event.provider
        model = priced.event.model
        operation = priced.operation
        serviceTier = priced.event.attributes.serviceTier
    }
}

/// The numbers that stand for a series and its workspace.
struct SeriesNumber: Hashable, Sendable {
    var workspace: Int32
    var series: Int64
}

/// A bounded memory of values that are looked up again and again.
///
/// It keeps two generations: when the young one is full the old one is dropped, and what is used moves to the young
/// one. So what is used stays, at the price of a few look-ups after a change of generation.
struct GenerationCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private let capacity: Int
    private var young: [Key: Value] = [:]
    private var old: [Key: Value] = [:]

    /// - Parameter capacity: How many values a generation holds, at least 1; twice as many are kept at most.
    init(capacity: Int) {
        self.capacity = max(capacity, 1)
    }

    var count: Int { young.count + old.count }

    /// The value that was kept under a key.
    mutating func value(for key: Key) -> Value? {
        if let value = young[key] { return value }
        guard let value = old.removeValue(forKey: key) else { return nil }
        insert(value, for: key)
        return value
    }

    mutating func insert(_ value: Value, for key: Key) {
        if young.count >= capacity, young[key] == nil {
            old = young
            young = [:]
        }
        young[key] = value
    }
}
