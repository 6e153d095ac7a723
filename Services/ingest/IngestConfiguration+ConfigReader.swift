internal import Access
package import ServiceRuntime

extension IngestConfiguration {
    /// Reads the settings, below `ingest` in the file, `OLIVER_INGEST_…` in the environment.
    ///
    /// - `batchLimit` (int, default 1000, 1–10000): events in one request
    /// - `acceptedPast` (duration, default 400d): how far back `occurred_at` may lie
    /// - `acceptedFuture` (duration, default 1h): how far ahead
    /// - `backlogLimit` (int, default 1000000): entries of one partition beyond which events are refused
    /// - `idLifetime` (duration, default 24h): how long Redis remembers an event id
    /// - `requestsPerSecond` (int, default 0 for no limit): requests of one key in the long run
    /// - `requestBurst` (int, default 1000): requests of one key at once after a pause
    /// - `tracesWorkspace`, `tracesTeam`, `tracesProject`, `tracesUser` (lists, defaults in `TraceSettings`): attributes of
    ///   spans and resources that say whom a call is counted for; of several the first that is there
    /// - `tracesWindow` (duration, default 10s, 0–10m): how long a call that a span tells of waits for richer reports
    /// - `tracesTags` (list): attributes that become tags of their own name
    package init(reader: SettingsReader) {
        self.init()
        batchLimit = reader.int("batchLimit", default: batchLimit, in: 1...10_000)
        acceptedPast = reader.duration(
            "acceptedPast",
            default: acceptedPast,
            in: .seconds(60)...(.seconds(36_500 * 86_400))
        )
        acceptedFuture = reader.duration(
            "acceptedFuture",
            default: acceptedFuture,
            in: .zero...(.seconds(36_500 * 86_400))
        )
        backlogLimit = reader.int("backlogLimit", default: backlogLimit, in: 1_000...100_000_000)
        idLifetime = reader.duration("idLifetime", default: idLifetime, in: .seconds(60)...(.seconds(30 * 86_400)))
        traces.window = reader.duration("tracesWindow", default: traces.window, in: .zero...(.seconds(600)))
        traces.workspace = reader.list("tracesWorkspace", default: traces.workspace)
        traces.team = reader.list("tracesTeam", default: traces.team)
        traces.project = reader.list("tracesProject", default: traces.project)
        traces.user = reader.list("tracesUser", default: traces.user)
        traces.tags = reader.list("tracesTags", default: traces.tags)
        requestsPerSecond = reader.int("requestsPerSecond", default: requestsPerSecond, in: 0...10_000_000)
        requestBurst = reader.int("requestBurst", default: requestBurst, in: 1...10_000_000)
    }

    /// The limit of one key, if there is one.
    var rateLimit: RateLimit? {
        requestsPerSecond > 0 ? RateLimit(perSecond: requestsPerSecond, burst: requestBurst) : nil
    }

    package func validate() -> [ConfigurationProblem] { [] }
}
