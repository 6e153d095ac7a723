internal import Access
internal import Domain
internal import ServiceRuntime
internal import Synchronization

/// Counts failed attempts and makes who fails too often wait.
///
/// It counts for each account, for each network that attempts come from, and for all together, in this replica. Names and
/// networks are kept as hashes, because people type passwords into the wrong field.
final class AttemptLimiter: Sendable {
    fileprivate struct State {
        var accounts = FailureCount(limit: 8)
        // An office shares one address, and its failures are few among many attempts that succeed.
        var networks = FailureCount(limit: 40)
        var bucket = TokenBucket()
        var notes = TokenBucket()
        var running = 0
    }

    private let state = Mutex(State())
    private let clock: any UptimeClock

    /// Attempts of all accounts: what one thread can hash.
    fileprivate static let attempts = RateLimit(perSecond: 5, burst: 30)
    /// Refusals that are written down: anyone can fail, and the audit log is kept for ever.
    private static let notes = RateLimit(perSecond: 2, burst: 100)
    /// Attempts at the same time.
    fileprivate static let concurrency = 16

    init(clock: any UptimeClock) {
        self.clock = clock
    }

    /// Whether a refusal is to be written down.
    func mayNote() -> Bool {
        let now = clock.uptime
        return state.withLock { $0.notes.take(Self.notes, at: now) == nil }
    }

    /// Runs an attempt, which says whether it succeeded.
    ///
    /// - Throws: A 429 problem when there were too many, or what the attempt throws.
    func attempt<Value>(
        on account: String,
        from address: String?,
        _ body: () async throws -> Value?
    ) async throws -> Value? {
        let account = KeyHash(of: account.lowercased().utf8)
        let network = address.map { KeyHash(of: clientNetwork(of: $0).utf8) }
        let now = clock.uptime
        if let wait = state.withLock({ $0.begin(account, network, at: now) }) { throw Problem.rateLimitedSignIn(wait) }
        let value: Value?
        do {
            value = try await body()
        } catch {
            state.withLock { $0.running -= 1 }
            throw error
        }
        state.withLock { state in
            state.running -= 1
            // The failure was counted when the attempt began: many at once must not all be let through.
            guard value != nil else { return }
            state.accounts.forget(account)
            if let network { state.networks.takeBack(network) }
        }
        return value
    }
}

extension AttemptLimiter.State {
    /// Counts an attempt as failed until it succeeds; how long to wait when there were too many.
    ///
    /// Who must wait for what they did themselves takes nothing from the others.
    fileprivate mutating func begin(_ account: KeyHash, _ network: KeyHash?, at now: Duration) -> Duration? {
        if running >= AttemptLimiter.concurrency { return .seconds(1) }
        if let wait = accounts.wait(for: account, at: now) { return wait }
        if let network, let wait = networks.wait(for: network, at: now) { return wait }
        if let wait = bucket.take(AttemptLimiter.attempts, at: now) { return wait }
        accounts.add(account, at: now)
        if let network { networks.add(network, at: now) }
        running += 1
        return nil
    }
}

/// How often each of some failed within a quarter of an hour.
private struct FailureCount {
    private struct Window {
        var startedAt: Duration
        var failures: Int
    }

    private let limit: Int
    private var windows: [KeyHash: Window] = [:]

    private static let length = Duration.seconds(900)
    /// Windows in memory at most: more than attempts are let through in the time of one.
    private static let capacity = 20_000

    init(limit: Int) {
        self.limit = limit
    }

    func wait(for key: KeyHash, at now: Duration) -> Duration? {
        guard let window = windows[key] else { return windows.count < Self.capacity ? nil : .seconds(1) }
        let age = now - window.startedAt
        return age < Self.length && window.failures >= limit ? Self.length - age : nil
    }

    mutating func add(_ key: KeyHash, at now: Duration) {
        if windows.count >= Self.capacity / 2 { windows = windows.filter { now - $0.value.startedAt < Self.length } }
        var window = windows[key] ?? Window(startedAt: now, failures: 0)
        if now - window.startedAt >= Self.length { window = Window(startedAt: now, failures: 0) }
        window.failures += 1
        windows[key] = window
    }

    /// Forgets all failures.
    mutating func forget(_ key: KeyHash) {
        windows[key] = nil
    }

    /// Takes one failure back.
    mutating func takeBack(_ key: KeyHash) {
        windows[key]?.failures -= 1
    }
}

extension Problem {
    /// 429: too many attempts to sign in.
    static func rateLimitedSignIn(_ wait: Duration) -> Problem {
        var problem = Problem.rateLimited(retryAfter: wait)
        problem.detail = "There were too many attempts to sign in. Wait a while, or ask an administrator for a link."
        return problem
    }
}
