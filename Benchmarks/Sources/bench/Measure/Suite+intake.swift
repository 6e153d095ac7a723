/// Single posts against the bare server.
extension Suite {
    /// By turns, so that both see the same machine.
    private static let turns = 8

    /// Ingest and Redis alone, as the target says; the middle of many short turns counts, as the machine changes its pace.
    func measureIntakeAlone(_ rig: Rig) throws {
        let bare = try BareProcess()
        defer { bare.stop() }
        var figures: [Figure] = []
        for fsync in ["everysec", "always"] {
            rig.services.stop([.pricing, .budget, .analytics, .alerts])
            // PostgreSQL tidies up by itself after what came before: it took a sixth of both cores from some turns.
            try rig.servers.sql("VACUUM ANALYZE")
            try rig.servers.setFsync(fsync)
            figures += try compare(rig, bare, fsync: fsync)
            // Ingest takes only so many that nobody has priced: a fast machine reaches that with both together.
            try rig.services.start([.pricing, .budget, .analytics, .alerts])
            try rig.servers.waitUntilAtRest()
        }
        report.add("Single posts from 256 connections, ingest and Redis alone", figures)
    }

    private func compare(_ rig: Rig, _ bare: BareProcess, fsync: String) throws -> [Figure] {
        let source = EventSource(keys: [rig.oneKey], batch: 1)
        let seconds = options.seconds / 4
        _ = try rig.send(source, connections: 256, seconds: seconds)
        var (posts, hellos) = (LoadResult(), LoadResult())
        var (ratios, spent): ([Double], [String: Double]) = ([], [:])
        for _ in 1...Self.turns {
            let hello = try bare.measure(seconds: seconds)
            let before = rig.sample()
            let post = try rig.send(source, connections: 256, seconds: seconds)
            spent.merge(rig.sample().merging(before) { $0 - $1 }) { $0 + $1 }
            ratios.append(post.perSecond / hello.perSecond)
            posts.add(post)
            hellos.add(hello)
        }
        let name = "single posts, \(fsync), intake alone"
        report.stages.append(rig.costs(name, events: posts.accepted, from: [:], to: spent))
        ratios.sort()
        let refused = posts.refused == 0 ? "" : "; \(posts.refused) requests REFUSED"
        let range = "\(Figure.text(ratios[0])) to \(Figure.text(ratios[Self.turns - 1])) in \(Self.turns) turns"
        return [
            Figure(name: "posts/s, \(fsync)", value: posts.perSecond, unit: "/s"),
            Figure(name: "bare server, by turns", value: hellos.perSecond, unit: "/s", note: bare.note(on: hellos)),
            Figure(
                name: "posts/s against the bare server, \(fsync)",
                value: (ratios[(Self.turns - 1) / 2] + ratios[Self.turns / 2]) / 2,
                unit: "×",
                target: .atLeast(0.5),
                note: "\(range); p99 \(Figure.text(posts.latency(0.99) * 1e3)) ms\(refused)"
            ),
        ]
    }
}
