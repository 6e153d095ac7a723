package import CoreMetrics

/// What budget counts.
///
/// The handles are made once.
package struct BudgetMetrics: Sendable {
    private let events: Counter
    private let corrections: Counter
    private let crossings: Counter
    private let openHolds: Gauge
    private let expiredHolds: Counter
    private let preflights: [String: Counter]

    package init(factory: any MetricsFactory) {
        events = Counter(label: "oliver_counted_events", dimensions: [], factory: factory)
        corrections = Counter(label: "oliver_applied_corrections", dimensions: [], factory: factory)
        crossings = Counter(label: "oliver_budget_crossings", dimensions: [], factory: factory)
        openHolds = Gauge(label: "oliver_holds", factory: factory)
        expiredHolds = Counter(label: "oliver_expired_holds", factory: factory)
        preflights = Dictionary(
            uniqueKeysWithValues: PreflightAnswer.words.map { word in
                (word, Counter(label: "oliver_preflights", dimensions: [("decision", word)], factory: factory))
            }
        )
    }

    /// A preflight was answered.
    func answered(_ answer: PreflightAnswer) {
        preflights[answer.word]?.increment()
    }

    /// So many holds are open, and so many have just been ended because their time was over.
    func holds(open: Int, expired: Int) {
        openHolds.record(open)
        expiredHolds.increment(by: Int64(expired))
    }

    func counted(events count: Int) {
        events.increment(by: Int64(count))
    }

    /// Crossings that alerts was woken for.
    func crossed(_ count: Int) {
        crossings.increment(by: Int64(count))
    }

    func corrected(_ count: Int) {
        corrections.increment(by: Int64(count))
    }
}
