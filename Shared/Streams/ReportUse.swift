/// Says that others may report the same event, and how much this report tells.
///
/// A claim that has one waits for its window to end; the richest of the reports that come until then is the event.
package struct ReportUse: Hashable, Sendable {
    /// How much the report tells; of two that tell as much the first counts.
    package var rank: Int
    /// How long the first report waits for richer ones.
    package var window: Duration

    package init(rank: Int, window: Duration) {
        self.rank = rank
        self.window = window
    }
}
