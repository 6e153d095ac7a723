import Glibc

/// The loads and what is computed from them.
extension Suite {
    func measureBatches(_ rig: Rig, fsync: String) throws {
        let requests = options.events / (fsync == "always" ? 200 : 100)
        var rates: [Double] = []
        var figures: [Figure] = []
        let goal = fsync == "always" ? 15_000.0 : 20_000
        for (name, keys) in [("1 workspace", [rig.oneKey]), ("8 workspaces", rig.manyKeys)] {
            let title = "batches of 100, \(fsync), \(name)"
            let source = EventSource(keys: keys, batch: 100)
            let result = try rig.sendToRest(title, &report) {
                try rig.send(source, connections: 16, requests: requests)
            }
            let rate = Double(result.load.accepted) / result.seconds
            rates.append(rate)
            figures.append(
                Figure(
                    name: "events/s, \(name)",
                    value: rate,
                    unit: "/s",
                    target: .atLeast(goal),
                    note: note(on: result)
                )
            )
        }
        if fsync == "everysec" {
            let copy = try CopyMeasure(rig.servers, home: rig.home)
            copyPerSecond = copy.perSecond
            figures.append(
                Figure(name: "COPY of these rows", value: copy.perSecond, unit: "/s", note: "\(copy.rows) rows")
            )
        }
        figures.append(
            Figure(name: "1 workspace against COPY", value: rates[0] / copyPerSecond, unit: "×", target: .atLeast(0.1))
        )
        report.add("HTTP to ledger and counters at rest, batches of 100, \(fsync)", figures)
        try measureLatency(rig, fsync: fsync, batch: 100, perSecond: rates[0])
    }

    func measureSingles(_ rig: Rig, fsync: String) throws {
        let source = EventSource(keys: [rig.oneKey], batch: 1)
        let result = try rig.sendToRest("single posts, \(fsync)", &report) {
            try rig.send(source, connections: 256, seconds: options.seconds)
        }
        let sustained = Double(result.load.accepted) / result.seconds
        report.add(
            "Single posts from 256 connections, everything running, \(fsync)",
            [
                Figure(name: "posts/s accepted", value: result.load.perSecond, unit: "/s", note: note(on: result)),
                Figure(name: "posts/s with the time until rest", value: sustained, unit: "/s"),
            ]
        )
        try measureLatency(rig, fsync: fsync, batch: 1, perSecond: sustained)
    }

    /// Accept latency at half of what the system sustained, requests coming at random moments.
    private func measureLatency(_ rig: Rig, fsync: String, batch: Int, perSecond: Double) throws {
        let requests = perSecond / 2 / Double(batch)
        let source = EventSource(keys: [rig.oneKey], batch: batch)
        let name = "\(batch == 1 ? "single posts" : "batches of \(batch)"), \(fsync), half load"
        let surroundings = try Surroundings(rig.servers, fsync: fsync, seconds: options.seconds)
        let result = try rig.sendToRest(name, &report) {
            try rig.send(source, connections: 64, pace: .open(perSecond: requests), seconds: options.seconds)
        }.load
        let seen = try surroundings.finish()
        report.add(
            "Accept latency at half load, \(batch == 1 ? "single posts" : "batches of \(batch)"), \(fsync)",
            [
                Figure(
                    name: "p50",
                    value: result.latency(0.5) * 1e3,
                    unit: "ms",
                    note: "\(Figure.text(requests)) requests/s"
                )
            ] + seen.slowest("p99", of: result, everysec: 10)
                + [Figure(name: "longest", value: result.latency(1) * 1e3, unit: "ms")]
        )
    }

    private func note(on result: (load: LoadResult, seconds: Double)) -> String {
        let drain = Figure.text(max(0, result.seconds - result.load.seconds))
        let refused = result.load.refused == 0 ? "" : "; \(result.load.refused) requests REFUSED"
        return
            "\(result.load.accepted) events, accepted in \(Figure.text(result.load.seconds)) s, at rest \(drain) s later\(refused)"
    }
}
