/// Everything that runs during the measurements, and what it has used.
final class Rig {
    let home: Home
    let servers: Servers
    let services: Services
    let mail: MailServer
    /// A key of one workspace, and those of eight.
    let oneKey: String
    let manyKeys: [String]
    /// Events that were accepted since the start.
    private(set) var accepted = 0

    init(_ home: Home) throws {
        self.home = home
        mail = try MailServer(home.programs)
        do {
            servers = try Servers(home)
        } catch {
            mail.stop()
            throw error
        }
        services = Services(home, mailPort: mail.port)
        do {
            oneKey = try services.makeKey(workspace: "bench")
            manyKeys = try (1...8).map { [services] number in try services.makeKey(workspace: "bench-\(number)") }
            try services.start()
        } catch {
            services.stop()
            servers.stop()
            mail.stop()
            throw error
        }
    }

    func stop() {
        services.stop()
        servers.stop()
        mail.stop()
    }

    /// Sends a load to ingest.
    func send(
        _ source: any RequestSource,
        connections: Int,
        pace: Load.Pace = .closed,
        seconds: Double = .infinity,
        requests: Int = .max
    ) throws -> LoadResult {
        guard let port = services.ports[.ingest] else { throw BenchError("ingest does not run") }
        let load = Load(
            port: port,
            connections: connections,
            source: source,
            pace: pace,
            seconds: seconds,
            requests: requests
        )
        let result = try LoadGenerator.run(load)
        accepted += result.accepted
        return result
    }

    /// Runs a load until everything is at rest and says what each process used for it.
    ///
    /// - Returns: the load's result, and the seconds from its first request to rest.
    func sendToRest(
        _ name: String,
        _ report: inout Report,
        _ send: () throws -> LoadResult
    ) throws -> (load: LoadResult, seconds: Double) {
        let before = sample()
        let start = Clock.now
        let result = try send()
        try servers.waitUntilAtRest()
        let seconds = Clock.now - start
        report.stages.append(costs(name, events: result.accepted, from: before, to: sample()))
        return (result, seconds)
    }

    /// The processor seconds of each process so far, of this one as `load`, and of the whole machine.
    func sample() -> [String: Double] {
        var sample: [String: Double] = ["load": ownProcessorSeconds(), "machine": machineProcessorSeconds()]
        for (service, child) in services.children {
            sample[service.rawValue] = ProcessUsage(of: child.identifier).processorSeconds
        }
        sample["redis"] = ProcessUsage(of: servers.redis.identifier, withChildren: true).processorSeconds
        sample["postgres"] = ProcessUsage(of: servers.postgres.identifier, withChildren: true).processorSeconds
        return sample
    }

    func costs(_ name: String, events: Int, from: [String: Double], to: [String: Double]) -> StageCosts {
        let used = to.mapValues { $0 }.merging(from) { $0 - $1 }
        let known = StageCosts.columns.reduce(0) { $0 + (used[$1] ?? 0) }
        let machine = used["machine"] ?? 0
        return StageCosts(
            name: name,
            events: events,
            microseconds: used.filter { $0.key != "machine" }.mapValues { $0 * 1e6 / Double(max(1, events)) },
            foreignShare: machine > 0 ? max(0, machine - known) / machine : 0
        )
    }
}
