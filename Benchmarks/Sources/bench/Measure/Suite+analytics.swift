import Glibc

/// Reports over many events, asked of analytics over HTTP.
extension Suite {
    /// A report and how fast it must be.
    private struct Question {
        let name: String
        let path: String
        var target: Double?
    }

    private static let month = "workspace=demo&from=2026-10-29T00:00:00Z&to=2026-11-28T00:00:00Z"
    private static let quarter = "workspace=demo&from=2026-08-30T00:00:00Z&to=2026-11-28T00:00:00Z"

    private static let questions = [
        Question(name: "summary, 30 days", path: "analytics/summary?\(month)", target: 20),
        Question(name: "summary, 90 days", path: "analytics/summary?\(quarter)", target: 20),
        Question(
            name: "days by model, 30 days",
            path: "analytics/timeseries?\(month)&granularity=day&group_by=model",
            target: 40
        ),
        Question(
            name: "pivot team,user × model, 90 days",
            path: "analytics/pivot?\(quarter)&rows=team,user&columns=model",
            target: 100
        ),
        Question(
            name: "pivot feature × model, 90 days",
            path: "analytics/pivot?\(quarter)&rows=tag.feature&columns=model",
            target: 200
        ),
        Question(name: "events, first page", path: "usage?\(quarter)&limit=100", target: 20),
        Question(
            name: "events, a page in the middle",
            path: "usage?\(quarter)&limit=100&after=1790000000000000_1",
            target: 20
        ),
        Question(
            name: "days by model, 30 days, another zone",
            path: "analytics/timeseries?\(month)&granularity=day&group_by=model&time_zone=Asia/Kathmandu",
            target: 400
        ),
        Question(name: "anomalies, 30 days", path: "analytics/insight/anomalies?\(month)"),
        Question(name: "forecast of the month", path: "analytics/insight/forecast?workspace=demo"),
        Question(name: "users, 90 days", path: "analytics/breakdown?\(quarter)&by=user"),
        Question(
            name: "pivot feature × user, 30 days (rows)",
            path: "analytics/pivot?\(month)&rows=tag.feature&columns=user"
        ),
    ]

    /// Lays events, asks, and exports.
    func runAnalytics(_ events: Int) throws -> Report {
        let start = Clock.now
        var home = Home(path: options.home ?? "\(Scratch.path)/home", programs: programs)
        report.load = "\(events) events of `oliver demo` over 90 days, 1,000 users, 20 models"
        print(report.head, terminator: "\n\n")
        try home.startTwice(idleSeconds: 0)
        let servers = try Servers(home)
        defer { servers.stop() }
        let services = Services(home)
        defer { services.stop() }
        if options.home == nil { try lay(events, services, servers) }
        try services.start([.analytics])
        guard let port = services.ports[.analytics], let child = services.children[.analytics] else { return report }
        let key = try services.makeKey(workspace: "demo", scopes: "read")
        report.add("Reports, p95 of 30 (10 without a target)", try Self.questions.map { try measure($0, port, key) })
        let export = try (0..<2).map { _ in
            try Request(port: port, key: key, method: "GET", path: "/v1/export?\(Self.quarter)").timed()
        }.min { $0.seconds < $1.seconds }
        let rate = Double(export?.lines ?? 0) / (export?.seconds ?? 1)
        report.add(
            "Export",
            [
                Figure(name: "rows/s as CSV", value: rate, unit: "/s", target: .atLeast(200_000)),
                Figure(
                    name: "memory of analytics at most",
                    value: Double(ProcessUsage(of: child.identifier).peak) / 1e6,
                    unit: "MB",
                    target: .atMost(150)
                ),
            ]
        )
        if options.home == nil {
            report.add("Laying beside dashboards", try layBesideReports(min(events, 200_000), services, port, key))
        }
        report.seconds = Clock.now - start
        return report
    }

    private func lay(_ events: Int, _ services: Services, _ servers: Servers) throws {
        let start = Clock.now
        try services.command(
            ["demo", "--events", "\(events)", "--days", "90", "--until", "2026-11-28"],
            seconds: 7_200
        )
        let seconds = Clock.now - start
        try servers.sql("VACUUM ANALYZE")
        report.add("Laying", try figures(events, seconds, servers))
    }

    /// Lays the same events twice, each time into a workspace of its own: alone, and while reports are asked for.
    private func layBesideReports(_ events: Int, _ services: Services, _ port: Int, _ key: String) throws -> [Figure] {
        func lay(into workspace: String, asking questions: [Question]) throws -> Double {
            let start = Clock.now
            let child = try services.begin([
                "demo", "--events", "\(events)", "--days", "30", "--until", "2026-11-28", "--seed", "7", "--workspace",
                workspace,
            ])
            var asked = 0
            while child.isRunning {
                guard !questions.isEmpty else {
                    usleep(10_000)
                    continue
                }
                let path = "/v1/\(questions[asked % questions.count].path)"
                _ = try Request(port: port, key: key, method: "GET", path: path).timed()
                asked += 1
                // A dashboard of a dozen reports that some people look at, not a load test.
                usleep(100_000)
            }
            guard try child.wait() == 0 else { throw BenchError("laying into \(workspace) failed") }
            return Double(events) / (Clock.now - start)
        }
        let alone = try lay(into: "alone", asking: [])
        let beside = try lay(into: "beside", asking: Self.questions)
        return [
            Figure(name: "events/s alone", value: alone, unit: "/s"),
            Figure(name: "events/s beside ten reports a second at most", value: beside, unit: "/s"),
            Figure(name: "what is left of the rate", value: beside / alone * 100, unit: "%", target: .atLeast(90)),
        ]
    }

    private func figures(_ events: Int, _ seconds: Double, _ servers: Servers) throws -> [Figure] {
        let tables = [
            ("rows and their indexes", "usage_events"), ("identities", "identities"), ("quarters of an hour", "rollup"),
            ("closed days and months", "period_"),
        ]
        let sizes = try tables.map { name, prefix in
            let sum = try servers.sql(
                """
                SELECT coalesce(sum(pg_total_relation_size(oid)), 0) FROM pg_class
                WHERE relkind = 'r' AND relname LIKE '\(prefix)%'
                """
            )
            let bytes = Double(sum.filter(\.isNumber)) ?? 0
            return Figure(name: "\(name), per event", value: bytes / Double(events), unit: "bytes")
        }
        return [Figure(name: "events/s, days closed", value: Double(events) / seconds, unit: "/s")] + sizes
    }

    private func measure(_ question: Question, _ port: Int, _ key: String) throws -> Figure {
        let request = Request(port: port, key: key, method: "GET", path: "/v1/\(question.path)")
        for _ in 0..<3 { _ = try request.timed() }
        // What has no target may take seconds.
        let answers = try (0..<(question.target == nil ? 10 : 30)).map { _ in try request.timed() }
        let times = answers.map { $0.seconds * 1e3 }.sorted()
        return Figure(
            name: question.name,
            value: times[times.count * 95 / 100],
            unit: "ms",
            target: question.target.map { .atMost($0) },
            note: "median \(Figure.text(times[times.count / 2])) ms; \(answers[0].source)"
        )
    }
}
