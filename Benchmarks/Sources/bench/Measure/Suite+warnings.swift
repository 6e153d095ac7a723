/// From an event that brings a budget to its limit, under load, until a mail server has taken the warning.
extension Suite {
    private static let workspace = "bench-warnings"
    private static let eventsPerSecond = 5_000

    func measureWarnings(_ rig: Rig) throws {
        guard let port = rig.services.ports[.budget] else { throw BenchError("budget does not run") }
        let (batch, crossingsPerSecond) = (100, 10)
        let requests = Self.eventsPerSecond / batch + crossingsPerSecond
        let count = max(20, Int(options.seconds) * crossingsPerSecond)
        let key = try rig.services.makeKey(workspace: Self.workspace, scopes: "record,report_cost,admin")
        for number in 0..<count {
            let body = """
                {"name":"crossing \(number)","workspace":"\(Self.workspace)","period":"total","limit_usd":"1",
                "scope":{"type":"tag","id":"feature=crossing-\(number)"},"action":"notify","thresholds":[100],
                "recipients":["\(Self.recipient(number))"]}
                """
            try Request(port: port, key: key, method: "POST", path: "/v1/budgets", body: body).send()
        }
        let source = CrossingSource(
            EventSource(keys: [rig.oneKey], batch: batch),
            key: key,
            count: count,
            interval: requests / crossingsPerSecond
        )
        let result = try rig.send(
            source,
            connections: 16,
            pace: .open(perSecond: Double(requests)),
            seconds: Double(count / crossingsPerSecond + 1)
        )
        let delays = try wait(for: source, count: count, rig).sorted()
        report.add(
            "Warnings while \(Figure.text(Double(result.accepted) / result.seconds)) events/s are recorded",
            [
                Figure(name: "crossing sent to mail taken, p50", value: delays[delays.count / 2], unit: "ms"),
                Figure(
                    name: "crossing sent to mail taken, p99",
                    value: delays[min(delays.count - 1, delays.count * 99 / 100)],
                    unit: "ms",
                    target: .atMost(1_000),
                    note: "\(count) budgets, a recipient each"
                ),
            ]
        )
    }

    private static func recipient(_ number: Int) -> String { "crossing-\(number)@example.com" }

    /// The milliseconds that each warning took.
    private func wait(for source: CrossingSource, count: Int, _ rig: Rig) throws -> [Double] {
        let deadline = Clock.now + 60
        while true {
            let arrivals = try rig.mail.arrivals()
            let times = (0..<source.sentAt.count).compactMap { arrivals[Self.recipient($0)] }
            if times.count == count { return zip(source.sentAt, times).map { Double($1 - $0) / 1e6 } }
            guard Clock.now < deadline else {
                throw BenchError(
                    "\(times.count) of \(count) warnings came, \(source.sentAt.count) budgets were crossed"
                )
            }
            Clock.sleep(0.2)
        }
    }
}
