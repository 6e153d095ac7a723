internal import Access
internal import Domain
internal import ServiceRuntime
internal import Synchronization

/// Counts failed attempts and makes who fails too often wait.
///
/// It counts passwords for each account, for each network that attempts come from, and for all together, links for networks
/// and for all, in this replica. Names and networks are kept as hashes, because people type passwords into the wrong field.
final class AttemptLimiter: Sendable {
    fileprivate struct State {
        var accounts = FailureCount(limit: 8)
        // An office shares one address, and its failures are few among many attempts that succeed.
        var networks = FailureCount(limit: 40)
        var bucket = TokenBucket()
        var links = NetworkLimit(each: AttemptLimiter.linksOfNetwork, all: AttemptLimiter.links)
        var notes: [String: TokenBucket] = [:]
        var running = 0
    }

    private let state = Mutex(State())
    private let clock: any UptimeClock

    /// Attempts of all accounts: what one thread can hash.
    fileprivate static let attempts = RateLimit(perSecond: 5, burst: 30)
    /// Links of one network: people who got theirs at the same time may share an address.
    fileprivate static let linksOfNetwork = RateLimit(perSecond: 1, burst: 20)
    /// Links of all networks: each is a look into the database, which anyone can ask for.
    fileprivate static let links = RateLimit(perSecond: 50, burst: 500)
    /// Refusals of one kind that are written down: anyone can fail, and the audit log is kept for ever.
    private static let notes = RateLimit(perSecond: 2, burst: 100)
    /// Attempts at the same time.
    fileprivate static let concurrency = 16

    init(clock: any UptimeClock) {
        self.clock = clock
    }

    /// Whether a refusal is to be written down.
    ///
    /// Each way to sign in has a bucket of its own: a flood of one kind must not hide refusals of another.
    ///
    /// The method is `password`, `link` or the name of a provider that is set up, never what a client says.
    func mayNote(_ method: String) -> Bool {
        let now = clock.uptime
        return state.withLock { $0.notes[method, default: TokenBucket()].take(Self.notes, at: now) == nil }
    }

    /// Counts a link that is tried.
    ///
    /// - Throws: A 429 problem when there were too many.
    func countLink(from address: String?) throws {
        let (network, now) = (KeyHash.network(of: address), clock.uptime)
        if let wait = state.withLock({ $0.links.take(from: network, at: now) }) {
            throw Problem.rateLimitedSignIn(wait)
        }
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
        let network = KeyHash.network(of: address)
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
