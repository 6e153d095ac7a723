/// Preflights under five blocking budgets, each of which holds every call.
extension Suite {
    private static let workspace = "bench-preflight"

    func measurePreflights(_ rig: Rig) throws {
        guard let port = rig.services.ports[.budget] else { throw BenchError("budget does not run") }
        let key = try rig.services.makeKey(workspace: Self.workspace, scopes: "preflight,admin")
        let scopes = [
            ("workspace", Self.workspace), ("team", "red"), ("project", "p"), ("model", "gpt-4o-mini"),
            ("tag", "feature=chat"),
        ]
        for (type, id) in scopes {
            let body = """
                {"name":"\(type)","workspace":"\(Self.workspace)","scope":{"type":"\(type)","id":"\(id)"},
                "period":"total","limit_usd":"1000000","action":"block"}
                """
            try Request(port: port, key: key, method: "POST", path: "/v1/budgets", body: body).send()
        }
        let source = PreflightSource(key: key)
        var (held, unchecked) = (0, 0)
        for fsync in ["everysec", "always"] {
            try rig.servers.setFsync(fsync)
            func load(_ connections: Int, _ pace: Load.Pace, _ seconds: Double) throws -> LoadResult {
                let result = try LoadGenerator.run(
                    Load(port: port, connections: connections, source: source, pace: pace, seconds: seconds)
                )
                held += result.accepted
                unchecked += result.answered - result.accepted
                guard result.refused == 0 else { throw BenchError("\(result.refused) preflights were refused") }
                return result
            }
            _ = try load(64, .closed, 1)
            let most = try load(64, .closed, options.seconds)
            let pace = fsync == "always" ? min(5_000, most.perSecond / 2) : 5_000
            let surroundings = try Surroundings(rig.servers, fsync: fsync, seconds: options.seconds)
            let paced = try load(128, .open(perSecond: pace), options.seconds)
            let seen = try surroundings.finish()
            report.add(
                "Preflights with 5 budgets, \(fsync)",
                [
                    Figure(
                        name: "preflights/s from 64 connections",
                        value: most.perSecond,
                        unit: "/s",
                        target: fsync == "always" ? nil : .atLeast(5_000),
                        note: "p99 \(Figure.text(most.latency(0.99) * 1e3)) ms"
                    ),
                    Figure(
                        name: "p50 at \(Figure.text(pace))/s",
                        value: paced.latency(0.5) * 1e3,
                        unit: "ms",
                        note: "\(Figure.text(paced.perSecond))/s answered"
                    ),
                ] + seen.slowest("p99 at \(Figure.text(pace))/s", of: paced, everysec: 5)
            )
        }
        report.add(
            "Preflights that were not checked",
            [
                Figure(
                    name: "allowed without a hold",
                    value: Double(unchecked),
                    unit: "",
                    note: "as the workspace says while Redis does not answer in time (fail_mode)"
                )
            ]
        )
        try proveHolds(rig, allowed: held, budgets: scopes.count)
    }

    /// What is held must be what was answered, in each counter.
    private func proveHolds(_ rig: Rig, allowed: Int, budgets: Int) throws {
        let script = """
            local sums, cursor = {}, '0'
            repeat
              local page = redis.call('SCAN', cursor, 'MATCH', 'spend:*:\(Self.workspace)*total', 'COUNT', 1000)
              cursor = page[1]
              for _, key in ipairs(page[2]) do
                local held = redis.call('HMGET', key, 'hm', 'hp')
                if held[1] then sums[#sums + 1] = held[1] .. ' ' .. held[2] end
              end
            until cursor == '0'
            return sums
            """
        let lines = try rig.servers.askRedis(["EVAL", script, "0"]).split(separator: "\n")
        let expected = allowed * PreflightSource.amount
        let held = lines.map { line in
            let parts = line.split(separator: " ").compactMap { Int($0) }
            return parts.count == 2 ? parts[0] * 1_000_000 + parts[1] : -1
        }
        let mismatches = held.count { $0 != expected } + abs(budgets - held.count)
        report.add(
            "Proof of preflights",
            [
                Figure(name: "holds made", value: Double(allowed), unit: ""),
                Figure(
                    name: "counters that hold another sum than was answered",
                    value: Double(mismatches),
                    unit: "",
                    target: .atMost(0)
                ),
            ]
        )
        guard mismatches == 0 else { throw BenchError("held are \(held), and \(expected) pico-dollars were told") }
    }
}
