package import ServiceRuntime

extension BudgetConfiguration {
    /// Reads the settings, below `budget` in the file, `OLIVER_BUDGET_…` in the environment.
    ///
    /// - `batchLimit` (int, default 250, 1–5000): entries in one batch
    /// - `linger` (duration, default 10ms, 0–1s): the wait after a read that did not fill a batch
    /// - `workers` (int, default 1, 1–16): consumers that work side by side
    /// - `refreshInterval` (duration, default 500ms): how often the outbox is looked at
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
    }

    package func validate() -> [ConfigurationProblem] { [] }
}
