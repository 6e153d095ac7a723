import FoundationEssentials
import Glibc

/// A data folder of `oliver up`: it makes the servers' data and settings, which the separate services then use too.
struct Home {
    /// What `oliver up` tells its commands.
    private struct Run: Decodable {
        let redisURL: String
        let postgresURL: String
    }

    let path: String
    let programs: Programs
    /// Seconds from the start of `oliver up` to its first `/readyz` that succeeds: first and second start.
    private(set) var readySeconds: [Double] = []
    /// Resident bytes of the idle all-in-one process.
    private(set) var residentBytes = 0
    /// Processor share of the idle process with its servers.
    private(set) var idleProcessors = 0.0
    private(set) var redisURL = ""
    private(set) var postgresURL = ""

    init(path: String, programs: Programs) {
        self.path = path
        self.programs = programs
    }

    /// Starts `oliver up` twice and stops it again.
    mutating func startTwice(idleSeconds: Double) throws {
        for start in 1...2 {
            let port = try freePort()
            let log = "\(Scratch.path)/up.log"
            let began = Clock.now
            let child = try Child(
                ["\(programs.oliver)/oliver", "up", "--home", path, "--port", "\(port)", "--fsync", "everysec"],
                output: log
            )
            defer { child.stop() }
            try waitUntilReady(port: port, child: child, log: log)
            readySeconds.append(Clock.now - began)
            try readAddresses()
            guard start == 2 else { continue }
            let before = ProcessUsage(of: child.identifier).processorSeconds
            Clock.sleep(idleSeconds)
            let usage = ProcessUsage(of: child.identifier)
            residentBytes = usage.resident
            idleProcessors = (usage.processorSeconds - before) / idleSeconds
        }
    }

    private mutating func readAddresses() throws {
        let deadline = Clock.now + 5
        while Clock.now < deadline {
            if let text = Files.read("\(path)/run.json"),
                let run = try? JSONDecoder().decode(Run.self, from: Data(text.utf8))
            {
                redisURL = run.redisURL
                postgresURL = run.postgresURL
                return
            }
            usleep(10_000)
        }
        throw BenchError("\(path)/run.json does not say where the servers are")
    }
}
