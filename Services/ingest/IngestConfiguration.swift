internal import ServiceRuntime

/// The settings of ingest.
///
/// All defaults are visible here.
package struct IngestConfiguration: ComponentConfiguration {
    /// Events in one request at most.
    package var batchLimit = 1_000
    /// How far back `occurred_at` may lie: 400 days.
    package var acceptedPast = Duration.seconds(400 * 86_400)
    /// How far ahead `occurred_at` may lie.
    package var acceptedFuture = Duration.seconds(3_600)
    /// Raw or priced entries in one partition beyond which events are refused.
    package var backlogLimit = 1_000_000
    /// How long Redis remembers an event id; after that the ledger knows it.
    package var idLifetime = Duration.seconds(86_400)

    package init() {}
}
