internal import ServiceRuntime

/// The settings of analytics.
///
/// All defaults are visible here.
package struct AnalyticsConfiguration: ComponentConfiguration {
    /// Entries in one transaction at most.
    package var batchLimit = 500
    /// How long to wait after a read that did not fill a batch, so that few events do not cost as much as many.
    package var linger = Duration.milliseconds(25)
    /// Consumers of this process that work side by side.
    package var workers = 2

    package init() {}
}
