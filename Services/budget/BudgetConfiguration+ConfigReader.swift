package import ServiceRuntime

extension BudgetConfiguration {
    /// Reads the settings, below `budget` in the file, `OLIVER_BUDGET_…` in the environment.
    ///
    /// - `batchLimit` (int, default 250, 1–5000): entries in one batch
    /// - `linger` (duration, default 10ms, 0–1s): the wait after a read that did not fill a batch
    /// - `workers` (int, default 1, 1–16): consumers that work side by side
    /// - `refreshInterval` (duration, default 500ms): how often the outbox is looked at
    /// - `counterLimit` (int, default 10000, 1–1000000): counters of a workspace that are made because a budget gives every
    ///   value its own limit
    /// - `driftInterval` (duration, default 5s, 100ms–1h): how often some counters of one partition are compared with the
    ///   ledger
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
    }

    package func validate() -> [ConfigurationProblem] { [] }
}
