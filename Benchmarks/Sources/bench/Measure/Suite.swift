import Glibc

/// One run: every measurement, in an order in which none spoils the next.
final class Suite {
    let options: Options
    let programs: Programs
    let machine: Machine
    var report: Report
    /// What COPY reaches, once it is measured.
    var copyPerSecond = 0.0

    init(_ options: Options) throws {
        self.options = options
        programs = try Programs()
        machine = try Machine()
        report = Report(machine: machine.summary, versions: try programs.versions(), load: "")
    }

    func run() throws -> Report {
        let start = Clock.now
        var home = Home(path: "\(Scratch.path)/home", programs: programs)
        let sample = EventSource(keys: [""], batch: 100)
        report.load = "events of \(sample.eventBytes) bytes of JSON; load, services, servers share the cores"
        print(report.head, terminator: "\n\n")
        addDisk()
        if wants(.prices) { try measurePrices() }
        try measureUp(&home)
        let rig = try Rig(home)
        defer { rig.stop() }
        noteCommands(home)
        if wants(.idle) { try measureIdle(rig) }
        try rig.servers.setFsync("everysec")
        try measureWarmUp(rig)
        for fsync in ["everysec", "always"] {
            try rig.servers.setFsync(fsync)
            if wants(.batches) { try measureBatches(rig, fsync: fsync) }
            if wants(.singles) { try measureSingles(rig, fsync: fsync) }
        }
        if wants(.batches) { measureMemory(rig) }
        if wants(.intake) { try measureIntakeAlone(rig) }
        try verify(rig)
        if wants(.warnings) { try measureWarnings(rig) }
        if wants(.preflights) { try measurePreflights(rig) }
        if wants(.repricing) { try measureRepricing(rig) }
        report.seconds = Clock.now - start
        return report
    }

    private func wants(_ part: Options.Part) -> Bool { options.parts.isEmpty || options.parts.contains(part) }

    private func addDisk() {
        report.add(
            "Disk",
            [
                Figure(name: "one fsync of 4 KiB appended, median", value: machine.fsync.median * 1e3, unit: "ms"),
                Figure(name: "one fsync of 4 KiB appended, p99", value: machine.fsync.p99 * 1e3, unit: "ms"),
            ]
        )
    }

    private func measureUp(_ home: inout Home) throws {
        try home.startTwice(idleSeconds: min(3, options.seconds))
        report.add(
            "oliver up",
            [
                Figure(name: "ready after a first start", value: home.readySeconds[0], unit: "s"),
                Figure(name: "ready after a second start", value: home.readySeconds[1], unit: "s", target: .atMost(5)),
                Figure(name: "memory, idle, without its servers", value: Double(home.residentBytes) / 1e6, unit: "MB"),
                Figure(name: "processor, idle, without its servers", value: home.idleProcessors * 100, unit: "%"),
            ]
        )
    }

    private func noteCommands(_ home: Home) {
        report.commands =
            [
                "./oliver bench \(CommandLine.arguments.dropFirst().joined(separator: " "))",
                "oliver up --home HOME --port N --fsync everysec, twice",
                "redis-server HOME/redis/redis.conf; postgres -D HOME/postgres/data: what `oliver up` made",
                "ingest, pricing, budget, analytics, alerts: release builds, OLIVER_REDIS_URL, OLIVER_POSTGRES_URL, defaults",
            ] + CopyMeasure.statements
    }

    /// Everything has been touched once, and PostgreSQL has statistics.
    private func measureWarmUp(_ rig: Rig) throws {
        _ = try rig.send(EventSource(keys: [rig.oneKey], batch: 100), connections: 4, requests: 100)
        _ = try rig.send(EventSource(keys: rig.manyKeys, batch: 100), connections: 4, requests: 100)
        try rig.servers.waitUntilAtRest()
    }

    private func measureIdle(_ rig: Rig) throws {
        Clock.sleep(1)
        let before = rig.sample()
        let seconds = min(3, options.seconds)
        Clock.sleep(seconds)
        let after = rig.sample()
        let figures = StageCosts.columns.dropLast().map { name in
            let share = ((after[name] ?? 0) - (before[name] ?? 0)) / seconds
            return Figure(name: "processor, \(name)", value: share * 100, unit: "%")
        }
        report.add("Idle, separate services", figures + memory(rig, limit: nil) { $0.resident })
    }

    private func measureMemory(_ rig: Rig) {
        report.add("Memory at most, after the loads", memory(rig, limit: 150) { $0.peak })
    }

    private func memory(_ rig: Rig, limit: Double?, _ bytes: (ProcessUsage) -> Int) -> [Figure] {
        var figures = Service.allCases.compactMap { service in
            rig.services.children[service].map { child in
                Figure(
                    name: "memory, \(service.rawValue)",
                    value: Double(bytes(ProcessUsage(of: child.identifier))) / 1e6,
                    unit: "MB",
                    target: limit.map { .atMost($0) }
                )
            }
        }
        let redis = ProcessUsage(of: rig.servers.redis.identifier)
        figures.append(Figure(name: "memory, redis", value: Double(bytes(redis)) / 1e6, unit: "MB"))
        return figures
    }

    /// Figures of a system that loses something would mean nothing.
    private func verify(_ rig: Rig) throws {
        try rig.servers.waitUntilAtRest()
        let kept = Int(try rig.servers.sql("SELECT count(*) FROM usage_events").filter(\.isNumber)) ?? 0
        guard kept == rig.accepted else {
            throw BenchError("\(rig.accepted) events were accepted and \(kept) are in the ledger")
        }
        try rig.services.command(["ledger", "verify", "--json"])
        report.add(
            "Proof",
            [
                Figure(
                    name: "events in the ledger, each accepted one once",
                    value: Double(kept),
                    unit: "",
                    note: "ledger = rollups = counters (oliver ledger verify)"
                )
            ]
        )
    }
}
