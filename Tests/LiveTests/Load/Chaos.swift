import LocalServers
import TestSupport
import Testing

/// Kills what can be killed, one thing after the other, while events are posted.
struct Chaos {
    /// One misfortune.
    enum Blow: Hashable, CustomStringConvertible {
        case killService(ServiceName)
        case stopService(ServiceName)
        case killRedis
        case restartRedis
        case killPostgres
        case restartPostgres

        var description: String {
            switch self {
            case .killService(let service): "kill \(service.rawValue)"
            case .stopService(let service): "stop \(service.rawValue)"
            case .killRedis: "kill redis"
            case .restartRedis: "restart redis"
            case .killPostgres: "kill postgres"
            case .restartPostgres: "restart postgres"
            }
        }
    }

    let cluster: Cluster
    let gate: LoadGate
    /// Events in all.
    let total: Int
    private var random: SeededGenerator
    private(set) var blows: [Blow]

    /// Plans the blows: every service is killed once a round, in any order; at any place in between each is stopped
    /// once, and so are the servers, in both ways.
    init(on cluster: Cluster, gate: LoadGate, total: Int, rounds: Int, random: SeededGenerator) {
        self.cluster = cluster
        self.gate = gate
        self.total = total
        self.random = random
        blows = []
        for _ in 0..<rounds { blows += ServiceName.allCases.shuffled(using: &self.random).map { .killService($0) } }
        let servers = [Blow.killRedis, .restartRedis, .killPostgres, .restartPostgres]
        for blow in servers + ServiceName.allCases.map({ .stopService($0) }) {
            blows.insert(blow, at: Int.random(in: 0...blows.count, using: &self.random))
        }
    }

    /// Strikes at a random moment of each share of the load, and gives the rest of it free in the end.
    mutating func run() async throws {
        for (index, blow) in blows.enumerated() {
            let share = total / (blows.count + 1)
            await gate.raise(to: share * (index + 1))
            await gate.reached(share * index + Int.random(in: share / 10...share * 6 / 10, using: &random))
            guard await !gate.isClosed else { return }
            for service in ServiceName.allCases where !cluster.isRunning(service) {
                throw UnexpectedAnswer(description: "\(service.rawValue) had ended by itself before \(blow)")
            }
            try await strike(blow, downtime: .milliseconds(Int.random(in: 0...700, using: &random)))
        }
        await gate.raise(to: total)
    }

    private func strike(_ blow: Blow, downtime: Duration) async throws {
        switch blow {
        case .killService(let service):
            try await cluster.kill(service)
            try await Task.sleep(for: downtime)
            try cluster.start(service)
            try await cluster.waitUntilReady(service)
        case .stopService(let service):
            let status = try await cluster.stop(service)
            #expect(status == .exited(0), "\(service.rawValue) was asked to stop: \(cluster.logs())")
            try cluster.start(service)
            try await cluster.waitUntilReady(service)
        case .killRedis:
            await cluster.redis.kill9()
            try await Task.sleep(for: downtime)
            try await cluster.redis.start()
        case .restartRedis:
            try await cluster.redis.restart()
        case .killPostgres:
            await cluster.postgres.kill9()
            try await Task.sleep(for: downtime)
            try await cluster.postgres.start()
        case .restartPostgres:
            try await cluster.postgres.restart()
        }
    }
}
