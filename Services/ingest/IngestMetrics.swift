package import CoreMetrics

/// What ingest counts.
///
/// The handles are made once.
package struct IngestMetrics: Sendable {
    private let accepted: Counter
    private let duplicates: Counter
    private let rejected: Counter
    private let commitSize: Recorder
    private let spans: [String: Counter]

    package init(factory: any MetricsFactory) {
        let label = "oliver_events"
        accepted = Counter(label: label, dimensions: [("result", "accepted")], factory: factory)
        duplicates = Counter(label: label, dimensions: [("result", "duplicate")], factory: factory)
        rejected = Counter(label: label, dimensions: [("result", "rejected")], factory: factory)
        spans = Dictionary(
            uniqueKeysWithValues: ["recorded", "merged", "ignored", "rejected"].map { result in
                (result, Counter(label: "oliver_spans", dimensions: [("result", result)], factory: factory))
            }
        )
        commitSize = Recorder(label: "oliver_commit_events", dimensions: [], aggregate: true, factory: factory)
    }

    func committed(events: Int) {
        commitSize.record(Int64(events))
    }

    func exported(_ tally: SpanTally) {
        spans["recorded"]?.increment(by: Int64(tally.recorded))
        spans["merged"]?.increment(by: Int64(tally.merged))
        spans["ignored"]?.increment(by: Int64(tally.ignored))
        spans["rejected"]?.increment(by: Int64(tally.rejected))
    }

    func answered(_ intake: Intake) {
        var counts = (accepted: Int64(0), duplicates: Int64(0), rejected: Int64(0))
        for item in intake.items {
            switch item.outcome {
            case .accepted: counts.accepted += 1
            case .duplicate: counts.duplicates += 1
            case .rejected, nil: counts.rejected += 1
            }
        }
        accepted.increment(by: counts.accepted)
        duplicates.increment(by: counts.duplicates)
        rejected.increment(by: counts.rejected)
    }
}
