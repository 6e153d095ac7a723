package import Access
internal import ServiceRuntime

/// Throttles each network, and all together: one client must not use up what is there for everybody.
///
/// Pure: time is given. Networks are kept as hashes.
package struct NetworkLimit {
    private struct Network {
        var bucket = TokenBucket()
        var usedAt: Duration
    }

    private let each: RateLimit
    private let all: RateLimit
    private var bucket = TokenBucket()
    private var networks: [KeyHash: Network] = [:]
    private var sweptAt = Duration.zero

    /// - Parameters:
    ///   - each: What one network may do.
    ///   - all: What all may do together, which also bounds how many are in memory.
    package init(each: RateLimit, all: RateLimit) {
        self.each = each
        self.all = all
    }

    /// How many networks are in memory: at most what all may do in the time in which one recovers twice, and a burst.
    package var count: Int { networks.count }

    /// After how long an unused network's bucket is full again, as that of a network never seen is.
    private var recovery: Duration { .seconds(each.burst / each.perSecond + 1) }

    /// Takes a token of the network's and one of all together's; how long to wait when there is none.
    ///
    /// A network that must wait for what it did itself takes nothing from the others. Who has no address is counted with
    /// all only.
    package mutating func take(from network: KeyHash?, at now: Duration) -> Duration? {
        sweep(at: now)
        guard let network else { return bucket.take(all, at: now) }
        var own = networks[network] ?? Network(usedAt: now)
        if let wait = own.bucket.take(each, at: now) { return wait }
        if let wait = bucket.take(all, at: now) { return wait }
        own.usedAt = now
        networks[network] = own
        return nil
    }

    private mutating func sweep(at now: Duration) {
        guard now - sweptAt >= recovery else { return }
        sweptAt = now
        let recovery = recovery
        networks = networks.filter { now - $0.value.usedAt < recovery }
    }
}

extension KeyHash {
    /// The network of a client's address; nil when that is not known.
    static func network(of address: String?) -> KeyHash? {
        address.map { KeyHash(of: clientNetwork(of: $0).utf8) }
    }
}
