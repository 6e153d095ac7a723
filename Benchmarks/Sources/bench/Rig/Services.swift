import FoundationEssentials
import Glibc

/// The services as separate processes.
final class Services {
    private(set) var children: [Service: Child] = [:]
    private(set) var ports: [Service: Int] = [:]
    private let home: Home
    private let mailPort: Int?

    init(_ home: Home, mailPort: Int? = nil) {
        self.home = home
        self.mailPort = mailPort
    }

    /// Starts services, all at the same time, and waits until they are ready.
    func start(_ services: [Service] = Service.allCases) throws {
        for service in services {
            let port = try freePort()
            ports[service] = port
            children[service] = try Child(
                ["\(home.programs.oliver)/\(service.rawValue)"],
                environment: environment.merging(["OLIVER_PORT": "\(port)"]) { $1 },
                output: log(service)
            )
        }
        for service in services {
            guard let port = ports[service], let child = children[service] else { continue }
            try waitUntilReady(port: port, child: child, log: log(service))
        }
    }

    func stop(_ services: [Service] = Service.allCases) {
        for service in services { children[service]?.signal(SIGTERM) }
        for service in services { children.removeValue(forKey: service)?.stop() }
    }

    /// Makes a key that may record, for one workspace, or another one.
    func makeKey(workspace: String?, scopes: String = "record") throws -> String {
        struct Key: Decodable { let key: String }
        let text = try command(
            [
                "keys", "create", "--name", "bench-\(workspace ?? scopes)", "--source-app", "bench", "--scopes", scopes,
                "--json",
            ] + (workspace.map { ["--workspace", $0] } ?? [])
        )
        return try JSONDecoder().decode(Key.self, from: Data(text.utf8)).key
    }

    /// Runs one of the commands of `oliver` on these servers.
    @discardableResult
    func command(_ words: [String], seconds: Double = 300) throws -> String {
        try Child.output(["\(home.programs.oliver)/oliver"] + words, environment: environment, seconds: seconds)
    }

    /// Starts one of the commands of `oliver` on these servers.
    func begin(_ words: [String]) throws -> Child {
        try Child(
            ["\(home.programs.oliver)/oliver"] + words,
            environment: environment,
            output: "\(Scratch.path)/begun.log"
        )
    }

    private var environment: [String: String] {
        var variables = [
            "OLIVER_REDIS_URL": home.redisURL, "OLIVER_POSTGRES_URL": home.postgresURL, "OLIVER_HOST": "127.0.0.1",
            "OLIVER_INSTANCE": "bench",
            // Figures must not depend on what a newer price map says.
            "OLIVER_PRICING_SYNC": "false",
        ]
        if let mailPort { variables["OLIVER_ALERTS_SMTP_URL"] = "smtp://127.0.0.1:\(mailPort)" }
        return variables
    }

    private func log(_ service: Service) -> String { "\(Scratch.path)/\(service.rawValue).log" }
}
