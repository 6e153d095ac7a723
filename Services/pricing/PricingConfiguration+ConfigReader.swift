package import ServiceRuntime

extension PricingConfiguration {
    /// Reads the settings, below `pricing` in the file, `OLIVER_PRICING_…` in the environment.
    ///
    /// - `batchLimit` (int, default 200, 1–5000): entries in one batch
    /// - `linger` (duration, default 10ms, 0–1s): the wait after a read that did not fill a batch
    /// - `workers` (int, default 2, 1–16): consumers that work side by side
    /// - `priceMap` (path, optional): another price map than the one that is shipped
    package init(reader: SettingsReader) {
        self.init()
        batchLimit = reader.int("batchLimit", default: batchLimit, in: 1...5_000)
        linger = reader.duration("linger", default: linger, in: .zero...(.seconds(1)))
        workers = reader.int("workers", default: workers, in: 1...16)
        priceMap = reader.string("priceMap")
    }

    package func validate() -> [ConfigurationProblem] { [] }
}
