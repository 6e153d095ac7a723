package import CoreMetrics
package import Logging

/// What a service's builder is given.
///
/// Nothing in it is global: tests make their own.
package struct BuildContext: Sendable {
    /// The service's name, the label of its logs and metrics.
    package var name: String
    package var logger: Logger
    package var metrics: any MetricsFactory
    package var common: CommonConfiguration
    package var clock: any WallClock
    /// Takes what brings gauges up to date before each scrape; it must not wait.
    package var onScrape: @Sendable (@escaping @Sendable () -> Void) -> Void

    package init(
        name: String,
        logger: Logger,
        metrics: any MetricsFactory,
        common: CommonConfiguration,
        clock: any WallClock = SystemWallClock(),
        onScrape: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void = { _ in }
    ) {
        self.name = name
        self.logger = logger
        self.metrics = metrics
        self.common = common
        self.clock = clock
        self.onScrape = onScrape
    }
}
