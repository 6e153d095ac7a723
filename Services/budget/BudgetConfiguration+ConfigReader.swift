package import ServiceRuntime

extension BudgetConfiguration {
    /// Reads the settings, below `budget` in the file, `OLIVER_BUDGET_…` in the environment.
    ///
    /// - `batchLimit` (int, default 250, 1–5000): entries in one batch
    /// - `linger` (duration, default 25ms, 0–1s): the wait after a read that did not fill a batch
    /// - `workers` (int, default 1, 1–16): consumers that work side by side
    /// - `refreshInterval` (duration, default 1s): how often the outbox is looked at
    /// - `counterLimit` (int, default 10000, 1–1000000): counters of a workspace that are made because a budget gives every
    ///   value its own limit
    /// - `driftInterval` (duration, default 5s, 100ms–1h): how often some counters of one partition are compared with the
    ///   ledger
    /// - `sweepInterval` (duration, default 1s, 100ms–60s): how often expired holds are looked for
    /// - `preflightTimeout` (duration, default 2s, 100ms–30s): the longest wait for Redis in a preflight
    /// - `defaultOutputTokens` (int, default 1024, 1–10000000): what an estimate reckons with when nobody knows better
    /// - `catalogue` (path, optional): the catalogue that pricing has
    package init(reader: SettingsReader) {
        self.init()
        batchLimit = reader.int("batchLimit", default: batchLimit, in: 1...5_000)
        linger = reader.duration("linger", default: linger, in: .zero...(.seconds(1)))
        workers = reader.int("workers", default: workers, in: 1...16)
        refreshInterval = reader.duration(
            "refreshInterval",
            default: refreshInterval,
            in: .milliseconds(50)...(.seconds(60))
        )
        counterLimit = reader.int("counterLimit", default: counterLimit, in: 1...1_000_000)
        driftInterval = reader.duration(
            "driftInterval",
            default: driftInterval,
            in: .milliseconds(100)...(.seconds(3_600))
        )
        sweepInterval = reader.duration(
            "sweepInterval",
            default: sweepInterval,
            in: .milliseconds(100)...(.seconds(60))
        )
        preflightTimeout = reader.duration(
            "preflightTimeout",
            default: preflightTimeout,
            in: .milliseconds(100)...(.seconds(30))
        )
        defaultOutputTokens = reader.int("defaultOutputTokens", default: defaultOutputTokens, in: 1...10_000_000)
        catalogue = reader.string("catalogue")
    }

    package func validate() -> [ConfigurationProblem] { [] }
}
