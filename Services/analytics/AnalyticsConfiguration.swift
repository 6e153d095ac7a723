internal import ServiceRuntime

/// The settings of analytics.
///
/// All defaults are visible here.
package struct AnalyticsConfiguration: ComponentConfiguration {
    /// Entries in one transaction at most.
    package var batchLimit = 1_500
    /// How long to wait after a read that did not fill a batch, so that few events do not cost as much as many.
    package var linger = Duration.milliseconds(50)
    /// Consumers of this process that work side by side.
    package var workers = 2
    /// How long after its last sign of life a replica's recurring job is taken over by another one.
    package var jobLease = Duration.seconds(60)
    /// For how many whole months before the present one events are kept; 0 keeps them for ever.
    ///
    /// A workspace may keep them for less.
    package var retentionMonths = 0

    package init() {}
}
