package import Domain
package import ServiceRuntime
import Synchronization

/// A person who signed in, with what is allowed to them now.
package struct SignedIn: Sendable, Hashable {
    package var personID: String
    package var name: String
    package var email: String?
    package var grants: [Grant]
    /// Whether it was opened by https: its cookie has another name then.
    package var isSecure: Bool
    package var seenAt: Timestamp
    /// When it ends whatever happens.
    package var expiresAt: Timestamp

    package init(
        personID: String,
        name: String,
        email: String?,
        grants: [Grant],
        isSecure: Bool,
        seenAt: Timestamp,
        expiresAt: Timestamp
    ) {
        self.personID = personID
        self.name = name
        self.email = email
        self.grants = grants
        self.isSecure = isSecure
        self.seenAt = seenAt
        self.expiresAt = expiresAt
    }

    /// Who it is, for routes.
    package var caller: Caller {
        Caller(personID: personID, name: name, grants: grants)
    }
}

/// How long sessions last.
package enum SessionRules {
    /// Without a request.
    package static let idle = Duration.seconds(12 * 3_600)
    /// At most.
    package static let absolute = Duration.seconds(7 * 86_400)
    /// The least time between two notes that a session is in use.
    static let touch = Duration.seconds(60)
}

/// Where sessions are kept.
package protocol SessionSource: Sendable {
    /// The session of a token with its person and grants; nil when there is none, or its person is disabled.
    func session(_ hash: KeyHash) async throws -> SignedIn?
    /// Notes that a session is in use.
    func touch(_ hash: KeyHash, at time: Timestamp) async throws
}

/// Checks sessions: what it knows of one is at most a second old.
package final class SessionVerifier: Sendable {
    private struct Copy {
        var signedIn: SignedIn
        var asOf: Duration
    }

    private struct State {
        var copies: [KeyHash: Copy] = [:]
        var bucket = TokenBucket()
    }

    private let source: any SessionSource
    private let wallClock: any WallClock
    private let uptimeClock: any UptimeClock
    private let state = Mutex(State())

    private static let maximumAge = Duration.seconds(1)
    /// Sessions in memory at most.
    private static let capacity = 10_000
    /// Questions to the store about cookies that are not in memory: anyone can send such cookies.
    private static let questions = RateLimit(perSecond: 200, burst: 400)

    package init(
        source: any SessionSource,
        wallClock: any WallClock = SystemWallClock(),
        uptimeClock: any UptimeClock = SystemUptimeClock()
    ) {
        self.source = source
        self.wallClock = wallClock
        self.uptimeClock = uptimeClock
    }

    /// The person whose cookie this is.
    ///
    /// - Returns: The session with what is allowed to its person at most a second ago.
    /// - Throws: ``AccessRefusal``: `signedOut`, `rate`, `stale`.
    package func verify(_ cookie: SessionCookie) async throws(AccessRefusal) -> SignedIn {
        let hash = cookie.token.hash
        let signedIn = try await current(hash)
        let now = wallClock.now
        guard let signedIn, signedIn.isSecure == cookie.isSecure, now < signedIn.expiresAt,
            now < signedIn.seenAt.adding(SessionRules.idle)
        else { throw .signedOut }
        if now >= signedIn.seenAt.adding(SessionRules.touch) { try await touch(hash, at: now) }
        return signedIn
    }

    /// Forgets what it knows: the next request asks the store.
    package func forget() {
        state.withLock { $0.copies.removeAll() }
    }

    private func current(_ hash: KeyHash) async throws(AccessRefusal) -> SignedIn? {
        let asked = uptimeClock.uptime
        let (known, wait) = state.withLock { state -> (SignedIn?, Duration?) in
            if let copy = state.copies[hash] {
                if asked - copy.asOf <= Self.maximumAge { return (copy.signedIn, nil) }
                return (nil, nil)
            }
            return (nil, state.bucket.take(Self.questions, at: asked))
        }
        if let known { return known }
        if let wait { throw .rate(retryAfter: wait) }
        let found: SignedIn?
        do {
            found = try await source.session(hash)
        } catch {
            throw .stale
        }
        state.withLock { state in
            guard let found else {
                state.copies[hash] = nil
                return
            }
            if state.copies.count >= Self.capacity {
                state.copies = state.copies.filter { asked - $0.value.asOf <= Self.maximumAge }
            }
            if state.copies.count >= Self.capacity { state.copies.removeAll() }
            state.copies[hash] = Copy(signedIn: found, asOf: asked)
        }
        return found
    }

    /// Without this note the session would end while it is in use.
    private func touch(_ hash: KeyHash, at time: Timestamp) async throws(AccessRefusal) {
        do {
            try await source.touch(hash, at: time)
        } catch {
            throw .stale
        }
        state.withLock { $0.copies[hash]?.signedIn.seenAt = time }
    }
}
