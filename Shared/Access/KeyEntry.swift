import Domain
import ServiceRuntime
import Synchronization

/// A key in memory with what changes while it is used.
///
/// Shared by successive snapshots.
final class KeyEntry: Sendable {
    let key: APIKey
    let caller: Caller
    private let lastUse: Atomic<Int64>
    private let flushedUse: Atomic<Int64>
    private let bucket: Mutex<TokenBucket>

    /// Makes the entry of a key; takes over the state of the entry it replaces.
    init(_ key: APIKey, replacing old: KeyEntry? = nil) {
        self.key = key
        self.caller = Caller(
            keyID: key.id,
            name: key.name,
            scopes: key.scopes,
            workspace: key.workspace,
            sourceApp: key.sourceApp
        )
        self.lastUse = Atomic(old?.lastUse.load(ordering: .relaxed) ?? 0)
        self.flushedUse = Atomic(old?.flushedUse.load(ordering: .relaxed) ?? 0)
        self.bucket = Mutex(old?.bucket.withLock { $0 } ?? TokenBucket())
    }

    func take(_ limit: RateLimit, at uptime: Duration) -> Duration? {
        bucket.withLock { $0.take(limit, at: uptime) }
    }

    func used(at time: Timestamp) {
        lastUse.store(time.microseconds, ordering: .relaxed)
    }

    /// The last use when it has not been taken yet.
    ///
    /// Uses within a minute of the last taken one wait: who reads `last used` wants to know whether a key is still in
    /// use, not the second.
    func takeUse() -> Timestamp? {
        let last = lastUse.load(ordering: .relaxed)
        let flushed = flushedUse.load(ordering: .relaxed)
        guard last > flushed, flushed == 0 || last - flushed >= 60_000_000 else { return nil }
        flushedUse.store(last, ordering: .relaxed)
        return Timestamp(microseconds: last)
    }

    /// Makes a use count as not taken, when writing it failed.
    func returnUse() {
        flushedUse.store(0, ordering: .relaxed)
    }
}
