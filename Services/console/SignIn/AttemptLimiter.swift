internal import Access
internal import Domain
internal import ServiceRuntime
internal import Synchronization

/// Counts failed attempts and makes who fails too often wait.
///
/// It counts for each account and for all together, in this replica. Names of accounts are kept as hashes, because
/// people type passwords into the wrong field.
final class AttemptLimiter: Sendable {
    fileprivate struct Window {
        var startedAt: Duration
        var failures: Int
    }

    fileprivate struct State {
        var accounts: [KeyHash: Window] = [:]
        var bucket = TokenBucket()
        var notes = TokenBucket()
        var running = 0
    }

    private let state = Mutex(State())
    private let clock: any UptimeClock

    fileprivate static let window = Duration.seconds(900)
    fileprivate static let failureLimit = 8
    /// Accounts in memory at most.
    fileprivate static let capacity = 20_000
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
    func attempt<Value>(on account: String, _ body: () async throws -> Value?) async throws -> Value? {
        let account = KeyHash(of: account.lowercased().utf8)
        let now = clock.uptime
        if let wait = state.withLock({ $0.begin(account, at: now) }) { throw Problem.rateLimitedSignIn(wait) }
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
            if value != nil { state.accounts[account] = nil }
        }
        return value
    }
}

extension AttemptLimiter.State {
    /// Counts an attempt as failed until it succeeds; how long to wait when there were too many.
    fileprivate mutating func begin(_ account: KeyHash, at now: Duration) -> Duration? {
        if running >= AttemptLimiter.concurrency { return .seconds(1) }
        var window = accounts[account] ?? .init(startedAt: now, failures: 0)
        if now - window.startedAt >= AttemptLimiter.window { window = .init(startedAt: now, failures: 0) }
        if window.failures >= AttemptLimiter.failureLimit { return AttemptLimiter.window - (now - window.startedAt) }
        if let wait = bucket.take(AttemptLimiter.attempts, at: now) { return wait }
        if accounts.count >= AttemptLimiter.capacity {
            accounts = accounts.filter { now - $0.value.startedAt < AttemptLimiter.window }
            if accounts.count >= AttemptLimiter.capacity { return .seconds(60) }
        }
        window.failures += 1
        accounts[account] = window
        running += 1
        return nil
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
