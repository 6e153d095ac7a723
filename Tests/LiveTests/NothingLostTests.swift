import Domain
import TestSupport
import Testing

extension LiveSuite {
    @Suite struct NothingLostTests {
        private static let name = "nothing lost"
        private static let workspaces = ["acme", "globex", "initech"]
        private static let clients = 6

        @Test(.timeLimit(.minutes(Scale.isFull ? 30 : 12)))
        func `keeps every accepted event exactly once while every process is killed and restarted`() async throws {
            let factory = LoadEventFactory(try Vector.tokenCases(), prefix: "load", now: .now)
            let journal = Journal(workspaces: Self.workspaces.count)
            try await Cluster.with { cluster in
                var keys: [String] = []
                for workspace in Self.workspaces {
                    keys.append(try await cluster.makeKey("load-\(workspace)", workspace: workspace).key)
                }
                let blows = try await Self.post(into: journal, factory: factory, keys: keys, on: cluster)
                try await cluster.waitUntilQuiet()
                let outcome = LoadOutcome(journal, workspaces: Self.workspaces)
                print("nothing lost: \(outcome.figures), struck by \(blows)")
                outcome.check()
                for (index, key) in keys.enumerated() {
                    try await outcome.check(index, on: cluster, key: key, from: factory.from, to: factory.to)
                }
                try await outcome.checkVerified(on: cluster)
                #expect(try await cluster.deadLetters().isEmpty)
                for service in ServiceName.allCases {
                    #expect(cluster.isRunning(service), "\(service.rawValue) ended by itself")
                }
            }
        }

        /// Posts all events while processes are killed; returns what was killed.
        private static func post(
            into journal: Journal,
            factory: LoadEventFactory,
            keys: [String],
            on cluster: Cluster
        ) async throws -> [Chaos.Blow] {
            let total = Scale.chaosEvents
            let gate = LoadGate(total: total)
            var chaos = Chaos(
                on: cluster,
                gate: gate,
                total: total,
                rounds: Scale.chaosRounds,
                random: Seed.generator(for: name)
            )
            try await withThrowingTaskGroup { group in
                for number in 0..<clients {
                    let client = LoadClient(
                        journal: journal,
                        gate: gate,
                        http: cluster.client(of: .ingest),
                        keys: keys,
                        factory: factory
                    )
                    let seed = Seed.generator(for: "\(name) \(number)")
                    group.addTask { try await gate.closing { try await client.run(seed: seed) } }
                }
                try await gate.closing { try await chaos.run() }
                try await group.waitForAll()
            }
            return chaos.blows
        }
    }
}
