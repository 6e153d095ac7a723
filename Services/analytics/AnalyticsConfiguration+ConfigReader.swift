package import ServiceRuntime

extension AnalyticsConfiguration {
    /// Reads the settings, below `analytics` in the file, `OLIVER_ANALYTICS_…` in the environment.
    ///
    /// - `batchLimit` (int, default 1500, 1–5000): entries in one transaction
    /// - `linger` (duration, default 50ms, 0–1s): the wait after a read that did not fill a batch
    /// - `workers` (int, default 2, 1–16): consumers that work side by side
    /// - `jobLease` (duration, default 60s, 1s–1h): when a recurring job of a replica that hangs is taken over
    /// - `retentionMonths` (int, default 0, 0–1200): whole months before the present one for which events are kept; 0 is
    ///   for ever
    package init(reader: SettingsReader) {
        self.init()
        batchLimit = reader.int("batchLimit", default: batchLimit, in: 1...5_000)
        linger = reader.duration("linger", default: linger, in: .zero...(.seconds(1)))
        workers = reader.int("workers", default: workers, in: 1...16)
        jobLease = reader.duration("jobLease", default: jobLease, in: .seconds(1)...(.seconds(3_600)))
        retentionMonths = reader.int("retentionMonths", default: retentionMonths, in: 0...1_200)
    }

    package func validate() -> [ConfigurationProblem] { [] }
}
