/// How fast a full queue drains, and so how long clients should wait.
struct Drain {
    /// The longest wait that clients are told, also while nothing is known.
    ///
    /// Exporters of OTLP give up after about ten seconds in all, at once when they are told to wait longer: so they ask
    /// twice at least. To ask costs little, for a full queue refuses before it reads.
    static let longestWait = Duration.seconds(5)

    /// Falling for fewer looks than this may be chance: the server frees memory in steps.
    private static let looksNeeded = 4

    private var peak = 0
    private var looksSincePeak = 0

    /// Takes what is used now, one `interval` after the last time, and says how long it will be over the limit.
    mutating func wait(used: Int, limit: Int, interval: Duration) -> Duration {
        if used >= peak {
            (peak, looksSincePeak) = (used, 0)
        } else {
            looksSincePeak += 1
        }
        guard looksSincePeak >= Self.looksNeeded else { return Self.longestWait }
        let forecast = interval * looksSincePeak * max(used - limit, 0) / (peak - used)
        return min(max(forecast, .seconds(1)), Self.longestWait)
    }
}
