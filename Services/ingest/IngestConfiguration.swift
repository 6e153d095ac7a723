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

    /// How spans of traces become events.
    package var traces = TraceSettings()

    /// Requests that one key may send per second in the long run; 0 for no limit.
    package var requestsPerSecond = 0
    /// Requests that one key may send at once after a pause.
    package var requestBurst = 1_000

    package init() {}
}
