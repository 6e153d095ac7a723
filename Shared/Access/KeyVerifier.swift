package import Domain
package import ServiceRuntime
import Synchronization

/// Checks API keys against a copy in memory: no request waits for a database.
///
/// The copy is kept current by the directory's cache, which calls ``update(_:)``, ``setRevoked(_:)`` and ``confirm(asOf:)``.
/// A copy that nobody confirmed for longer than `maximumStaleness` is not trusted (blueprint §12, invariant 8).
package final class KeyVerifier: Sendable {
    private struct State {
        /// By the hash of the raw key, and until its grace ends by the one before it.
        var entries: [KeyHash: KeyEntry] = [:]
        var byID: [String: KeyEntry] = [:]
        var revoked: Set<String> = []
        var confirmedAt: Duration?

        /// Takes a key, and forgets the hashes that the entry before it was found by.
        mutating func put(_ key: APIKey, replacing old: KeyEntry?) {
            if let old {
                for hash in [old.key.hash, old.key.previousHash].compactMap(\.self) where entries[hash] === old {
                    entries[hash] = nil
                }
            }
            let entry = KeyEntry(key, replacing: old)
            byID[key.id] = entry
            entries[key.hash] = entry
            if let previous = key.previousHash { entries[previous] = entry }
        }
    }

    private let state = Mutex(State())
    private let rateLimit: RateLimit?
    private let maximumStaleness: Duration
    private let wallClock: any WallClock
    private let uptimeClock: any UptimeClock

    /// Makes a verifier that knows no key and refuses as stale until its first ``confirm(asOf:)``.
    package init(
        rateLimit: RateLimit? = nil,
        maximumStaleness: Duration = .seconds(60),
        wallClock: any WallClock = SystemWallClock(),
        uptimeClock: any UptimeClock = SystemUptimeClock()
    ) {
        self.rateLimit = rateLimit
        self.maximumStaleness = maximumStaleness
        self.wallClock = wallClock
        self.uptimeClock = uptimeClock
    }

    /// Checks the value of an `Authorization` header.
    ///
    /// - Throws: ``AccessRefusal``: why the key is none, or may not do what is needed.
    package func verify(
        authorization: String?,
        needing permission: Permission,
        limitedToTeams: Bool = false
    ) throws(AccessRefusal) -> Caller {
        let hash = try KeyVerifier.hash(ofAuthorization: authorization)
        let uptime = uptimeClock.uptime
        let found = state.withLock { state in
            (
                entry: state.entries[hash],
                isFresh: state.confirmedAt.map { uptime - $0 <= maximumStaleness } ?? false,
                isRevoked: state.entries[hash].map { state.revoked.contains($0.key.id) } ?? false
            )
        }
        guard found.isFresh else { throw .stale }
        guard let entry = found.entry else { throw .unknown }
        let now = wallClock.now
        guard entry.key.accepts(hash, at: now) else { throw .unknown }
        guard entry.key.revokedAt == nil, !found.isRevoked else { throw .revoked }
        guard entry.key.isActive(at: now) else { throw .expired }
        let caller = try entry.caller.narrowed(to: permission, limitedToTeams: limitedToTeams)
        if let rateLimit, let wait = entry.take(rateLimit, at: uptime) { throw .rate(retryAfter: wait) }
        entry.used(at: now)
        return caller
    }

    /// The hash to look up for a header.
    private static func hash(ofAuthorization value: String?) throws(AccessRefusal) -> KeyHash {
        guard let value else { throw .missing }
        // By bytes: each request comes by here.
        let scheme = "bearer ".utf8
        let bytes = value.utf8
        guard bytes.count > scheme.count, zip(bytes, scheme).allSatisfy({ $0 | 0x20 == $1 }) else { throw .missing }
        let token = bytes.dropFirst(scheme.count).drop { $0 == UInt8(ascii: " ") }
        guard let raw = RawKey(Substring(token)) else { throw .unknown }
        return raw.hash
    }

    /// Takes keys that are new or have changed.
    package func update(_ keys: some Sequence<APIKey>) {
        state.withLock { state in
            for key in keys { state.put(key, replacing: state.byID[key.id]) }
        }
    }

    /// Takes the whole set of keys: those not in it are forgotten.
    package func replace(_ keys: some Sequence<APIKey>) {
        state.withLock { state in
            let old = state.byID
            state.entries = [:]
            state.byID = [:]
            for key in keys { state.put(key, replacing: old[key.id]) }
        }
    }

    /// Takes the ids of keys known to be revoked by a faster way than the store.
    package func setRevoked(_ ids: Set<String>) {
        state.withLock { $0.revoked = ids }
    }

    /// Notes that the copy is current as of a time, at which asking for it had begun.
    package func confirm(asOf uptime: Duration) {
        state.withLock { state in
            state.confirmedAt = max(state.confirmedAt ?? uptime, uptime)
        }
    }

    /// Whether the copy can still be trusted.
    package var isFresh: Bool {
        let uptime = uptimeClock.uptime
        return state.withLock { state in
            state.confirmedAt.map { uptime - $0 <= maximumStaleness } ?? false
        }
    }

    /// The uses to write down, at most one per key and minute.
    package func takeUses() -> [KeyUse] {
        let entries = state.withLock { Array($0.byID.values) }
        return entries.compactMap { entry in
            entry.takeUse().map { KeyUse(keyID: entry.key.id, at: $0) }
        }
    }

    /// Gives back uses that could not be written, so that they are taken again.
    package func returnUses(_ uses: [KeyUse]) {
        let entries = state.withLock { state in uses.compactMap { state.byID[$0.keyID] } }
        for entry in entries { entry.returnUse() }
    }
}

/// When a key was last used.
package struct KeyUse: Sendable, Hashable {
    package let keyID: String
    package let at: Timestamp

    package init(keyID: String, at: Timestamp) {
        self.keyID = keyID
        self.at = at
    }
}
