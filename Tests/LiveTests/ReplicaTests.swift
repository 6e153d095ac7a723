import Domain
import TestSupport
import Testing

extension LiveSuite {
    @Suite struct ReplicaTests {
        private static let workspaces = ["acme"]
        private static let total = 20_000

        @Test(.timeLimit(.minutes(8)))
        func `counts nothing twice when replicas hang with work in hand and go on after others took it over`()
            async throws
        {
            let factory = LoadEventFactory(try Vector.tokenCases(), prefix: "replica", now: .now)
            let journal = Journal(workspaces: 1)
            let gate = LoadGate(total: Self.total)
            try await Cluster.with(Cluster.Options(isDoubled: true)) { cluster in
                let key = try await cluster.makeKey("replica", workspace: Self.workspaces[0]).key
                try await withThrowingTaskGroup { group in
                    for number in 0..<4 {
                        let client = LoadClient(
                            journal: journal,
                            gate: gate,
                            http: cluster.client(of: .ingest),
                            keys: [key],
                            factory: factory
                        )
                        let seed = Seed.generator(for: "replica \(number)")
                        group.addTask { try await gate.closing { try await client.run(seed: seed) } }
                    }
                    try await gate.closing { try await Self.hang(on: cluster, gate: gate) }
                    try await group.waitForAll()
                }
                try await cluster.waitUntilQuiet()
                let outcome = LoadOutcome(journal, workspaces: Self.workspaces)
                outcome.check()
                try await outcome.check(0, on: cluster, key: key, from: factory.from, to: factory.to)
                try await outcome.checkVerified(on: cluster)
                #expect(try await cluster.deadLetters().isEmpty)
            }
        }

        /// Freezes one replica of every consumer in the middle of the load, and lets them go on when all their work
        /// has been done by the others; then the rest of the load comes.
        private static func hang(on cluster: Cluster, gate: LoadGate) async throws {
            let consumers: [ServiceName] = [.pricing, .budget, .analytics]
            await gate.raise(to: total * 2 / 3)
            await gate.reached(total / 3)
            for service in consumers { try cluster.freeze(service) }
            await gate.reached(total * 2 / 3)
            let start = ContinuousClock.now
            try await cluster.waitUntilQuiet()
            print("replicas: their work was taken over within \(start.duration(to: .now))")
            for service in consumers { try cluster.thaw(service) }
            await gate.raise(to: total)
        }
    }
}
