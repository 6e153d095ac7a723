package import ServiceRuntime

extension PricingConfiguration {
    /// Reads the settings, below `pricing` in the file, `OLIVER_PRICING_…` in the environment.
    ///
    /// - `batchLimit` (int, default 200, 1–5000): entries in one batch
    /// - `linger` (duration, default 25ms, 0–1s): the wait after a read that did not fill a batch
    /// - `workers` (int, default 2, 1–16): consumers that work side by side
    /// - `priceMap` (path, optional): another price map than the one that is shipped
    /// - `priceMapURL` (URL, default LiteLLM's repository; `https:`, `http:` or `file:`): where newer ones come from
    /// - `sync` (bool, default true): whether newer ones are fetched
    /// - `syncInterval` (duration, default 24h, 1m–30d): from one good fetch to the next
    /// - `syncTimeout` (duration, default 60s, 1s–10m): how long a price map may take to arrive
    /// - `catalogue` (path, optional): another catalogue than the one that is shipped; edits are taken over at once
    /// - `plans` (list, default empty): the plan of each provider that has some, such as `elevenlabs=api`
    package init(reader: SettingsReader) {
        self.init()
        batchLimit = reader.int("batchLimit", default: batchLimit, in: 1...5_000)
        linger = reader.duration("linger", default: linger, in: .zero...(.seconds(1)))
        workers = reader.int("workers", default: workers, in: 1...16)
        priceMap = reader.string("priceMap")
        priceMapURL = reader.string("priceMapURL", default: priceMapURL)
        sync = reader.bool("sync", default: sync)
        syncInterval = reader.duration("syncInterval", default: syncInterval, in: .seconds(60)...(.seconds(2_592_000)))
        syncTimeout = reader.duration("syncTimeout", default: syncTimeout, in: .seconds(1)...(.seconds(600)))
        catalogue = reader.string("catalogue")
        for choice in reader.list("plans", default: []) {
            let parts = choice.lowercased().split(separator: "=", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, !parts.contains(""), plans[parts[0]] == nil else {
                reader.report("plans", "must be a list of provider=plan, each provider once, has \"\(choice)\"")
                continue
            }
            plans[parts[0]] = parts[1]
        }
    }

    package func validate() -> [ConfigurationProblem] {
        let schemes = ["https://", "http://", "file://"]
        guard !schemes.contains(where: { priceMapURL.lowercased().hasPrefix($0) }) else { return [] }
        return [ConfigurationProblem("pricing.priceMapURL", "must begin with https://, http:// or file://")]
    }
}
