/// A repricing of everything that the run has recorded, while clients go on recording.
extension Suite {
    /// Changes the price of some models, has all events priced again and waits until that is done.
    func measureRepricing(_ rig: Rig) throws {
        guard let port = rig.services.ports[.pricing], let pricing = rig.services.children[.pricing] else {
            throw BenchError("pricing does not run")
        }
        let key = try rig.services.makeKey(workspace: nil, scopes: "admin")
        let rows = Int(try rig.servers.sql("SELECT count(*) FROM usage_events").filter(\.isNumber)) ?? 0
        let models = try rig.servers.sql("SELECT DISTINCT provider || ' ' || model FROM series")
        for line in models.split(separator: "\n") {
            let names = line.split(separator: " ", maxSplits: 1)
            let body = """
                {"provider":"\(names[0])","model":"\(names[1])","reason":"bench","valid_from":"2020-01-01T00:00:00Z",
                "rates":{"input_cost_per_token":"0.000123","output_cost_per_token":"0.000456"}}
                """
            try Request(port: port, key: key, method: "POST", path: "/v1/prices/overrides", body: body).send()
        }
        let body = """
            {"from":"2020-01-01T00:00:00Z","to":"2199-01-01T00:00:00Z","reason":"bench","apply":true}
            """
        let start = Clock.now
        let job = try Request(port: port, key: key, method: "POST", path: "/v1/reprice", body: body).send()
        let source = EventSource(keys: [rig.oneKey], batch: 1)
        let load = try rig.send(source, connections: 16, pace: .open(perSecond: 500), seconds: options.seconds)
        let path = "/v1/reprice/\(job.id)"
        while try Request(port: port, key: key, method: "GET", path: path).send().state != "done" {
            guard Clock.now < start + 600 else { throw BenchError("the repricing is not done after 600 s") }
            Clock.sleep(0.1)
        }
        let seconds = Clock.now - start
        let relayed = try waitUntilVerified(rig)
        report.add(
            "Repricing of all that was recorded",
            [
                Figure(name: "events priced again", value: Double(rows), unit: "", note: "at other rates than before"),
                Figure(
                    name: "time",
                    value: seconds,
                    unit: "s",
                    note: "counters equal to the ledger \(Figure.text(relayed)) s later"
                ),
                Figure(name: "events/s", value: Double(rows) / seconds, unit: "/s"),
                Figure(
                    name: "memory of pricing at most",
                    value: Double(ProcessUsage(of: pricing.identifier).peak) / 1e6,
                    unit: "MB",
                    target: .atMost(150)
                ),
                Figure(
                    name: "accept p99 meanwhile",
                    value: load.latency(0.99) * 1e3,
                    unit: "ms",
                    note: "500 single posts/s; p50 \(Figure.text(load.latency(0.5) * 1e3)) ms"
                ),
            ]
        )
    }

    /// Waits until ledger, rollups and counters agree again.
    ///
    /// - Returns: the seconds that it took.
    private func waitUntilVerified(_ rig: Rig) throws -> Double {
        let start = Clock.now
        while true {
            try rig.servers.waitUntilAtRest()
            do {
                try rig.services.command(["ledger", "verify", "--json"])
                return Clock.now - start
            } catch {
                guard Clock.now < start + 300 else { throw error }
                Clock.sleep(0.5)
            }
        }
    }
}
