internal import ServiceRuntime

/// The settings of analytics.
///
/// All defaults are visible here.
package struct AnalyticsConfiguration: ComponentConfiguration {
    /// Entries in one transaction at most.
    package var batchLimit = 1_000
    /// Consumers of this process that work side by side.
    package var workers = 2

    package init() {}
}
