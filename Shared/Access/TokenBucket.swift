/// How many requests one key may send.
package struct RateLimit: Sendable, Hashable {
    /// Requests per second in the long run.
    package let perSecond: Int
    /// Requests at once after a pause.
    package let burst: Int

    /// Makes a limit.
    ///
    /// Both numbers must be positive.
    package init(perSecond: Int, burst: Int) {
        precondition(perSecond > 0 && burst > 0, "a rate limit needs positive numbers")
        self.perSecond = perSecond
        self.burst = burst
    }
}

/// Throttles by tokens that refill steadily.
///
/// Pure: time is given.
///
/// It holds one number, the time at which it would be full (the generic cell rate algorithm).
package struct TokenBucket: Sendable, Hashable {
    /// Nanoseconds at which all tokens will be back.
    private var fullAt: Int64 = .min

    package init() {}

    /// Takes one token.
    ///
    /// - Parameters:
    ///   - limit: The rate and the burst, which may change between calls.
    ///   - now: The uptime.
    /// - Returns: nil when the token was there, else how long to wait for one.
    package mutating func take(_ limit: RateLimit, at now: Duration) -> Duration? {
        let time = now.wholeNanoseconds
        let perToken = max(1, 1_000_000_000 / Int64(limit.perSecond))
        let start = max(fullAt, time)
        let wait = start + perToken - (time + perToken * Int64(limit.burst))
        guard wait <= 0 else { return .nanoseconds(wait) }
        fullAt = start + perToken
        return nil
    }
}

extension Duration {
    fileprivate var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
