package import Calendars
package import CoreMetrics
internal import Domain
package import Ledger
package import Logging
package import ServiceRuntime
package import Streams
internal import Wire

/// Looks at each workspace's day when it is over, and tells people when much more was spent than usual.
///
/// There is one notice for a workspace and a day: alerts tells each once, however often it is published.
package struct AnomalyScan: RecurringJob {
    private let ledger: any LedgerStore
    private let producer: any StreamProducer
    private let calendars: @Sendable () -> [String: CalendarRules]
    private let clock: any WallClock
    private let found: Counter
    private let logger: Logger

    /// Some workspace's day is over at each hour.
    package let schedule = JobSchedule(name: "anomalies", interval: 3_600, offset: 2_400)
    /// How long after its end a day is looked at, for events that are on their way.
    private static let grace = Duration.seconds(1_800)
    /// After a longer pause only the last day is looked at.
    private static let reach = Duration.seconds(26 * 3_600)
    private static let dimensions: [LedgerDimension] = [.workspace, .team, .project, .model, .sourceApp]
    /// Scopes that one notice names.
    private static let namedScopes = 5

    package init(
        ledger: any LedgerStore,
        producer: any StreamProducer,
        calendars: @escaping @Sendable () -> [String: CalendarRules],
        clock: any WallClock,
        factory: any MetricsFactory,
        logger: Logger
    ) {
        self.ledger = ledger
        self.producer = producer
        self.calendars = calendars
        self.clock = clock
        found = Counter(label: "oliver_spend_anomalies", dimensions: [], factory: factory)
        self.logger = logger
    }

    package func perform(_ run: JobRun) async throws {
        let end = run.scheduledFor.adding(.zero - Self.grace)
        let earliest = run.scheduledFor.adding(.zero - Self.reach)
        let start = max(run.previous ?? earliest, earliest).adding(.zero - Self.grace)
        for (workspace, calendar) in calendars().sorted(by: { $0.key < $1.key }) where workspace > run.progress ?? "" {
            try Task.checkCancellation()
            // The last midnight: the day before it is over since then.
            let midnight = calendar.period(.day, containing: end).start
            guard midnight > start else { continue }
            let day = calendar.date(at: midnight).daysSince1970 - 1
            try await look(at: day, of: workspace, by: calendar)
            try await run.note(workspace)
        }
    }

    private func look(at day: Int64, of workspace: String, by calendar: CalendarRules) async throws {
        var query = LedgerQuery(workspaces: [workspace], from: clock.now, to: clock.now)
        query.calendar = calendar
        let anomalies = try await AnomalyFinder(ledger: ledger)
            .find(query, by: Self.dimensions, on: day...day, of: calendar, rule: AnomalyRule())
            .filter(\.isAbove)
        guard let notice = Self.notice(of: anomalies, in: workspace, at: clock.now) else { return }
        found.increment(by: Int64(anomalies.count))
        logger.info("more was spent than usual", metadata: ["workspace": "\(workspace)", "notice": "\(notice.id)"])
        let partition = producer.partitioning.partition(ofWorkspace: workspace)
        try await producer.publish([Notice(partition: partition, payload: try notice.encode())])
    }

    /// What people are told: the workspace itself when it is among them, else what is furthest off.
    static func notice(of anomalies: [SpendAnomaly], in workspace: String, at now: Timestamp) -> NoticeEntry? {
        guard let first = anomalies.first(where: { $0.dimension == .workspace }) ?? anomalies.first else { return nil }
        let others = anomalies.filter { $0 != first }.prefix(namedScopes)
        var facts: [NoticeEntry.Fact] = [
            .init("workspace", workspace), .init("day", first.day.text), .init("scope", name(of: first)),
            .init("spent_usd", first.spent.usd), .init("usual_usd", first.expected.usd),
            .init("usual_at_most_usd", first.high.usd),
        ]
        if !others.isEmpty {
            let text = others.map { "\(name(of: $0)) \(dollars($0.spent)) (usually \(dollars($0.expected)))" }
            facts.append(.init("also", text.joined(separator: "; ")))
        }
        return NoticeEntry(
            id: "anomaly:\(workspace):\(first.day.text)",
            kind: "spend_anomaly",
            createdAt: now,
            title:
                "\(name(of: first)) spent \(dollars(first.spent)) on \(first.day.text), usually \(dollars(first.expected))",
            facts: facts
        )
    }

    private static func name(of anomaly: SpendAnomaly) -> String {
        let kind = anomaly.dimension.name.split(separator: "_").joined(separator: " ")
        return anomaly.key.map { "\(kind) \($0)" } ?? "no \(kind)"
    }

    /// For people: to the cent.
    private static func dollars(_ sum: MoneySum) -> String {
        "$" + DecimalText.format(DecimalText.divideHalfToEven(sum.picoDollars, by: 10_000_000_000), scale: 2)
    }
}
