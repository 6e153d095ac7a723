import Domain
import TestSupport
import Testing

extension LiveSuite {
    /// Services of an earlier commit and of this one at one Redis and one PostgreSQL, as they are while they are replaced one
    /// by one: what the ones write, the others must read.
    @Suite(.enabled(if: Executables.oldFolder != nil, "OLIVER_OLD_BIN_DIR names no executables of an earlier commit"))
    struct UpgradeTests {
        private static let events = 3_000
        private static let workspaces = ["acme", "globex"]

        @Test(
            .timeLimit(.minutes(5)),
            arguments: [
                [.ingest], [.pricing], [.budget], [.analytics], [.pricing, .budget, .analytics],
                [.ingest, .budget, .alerts, .console],
            ] as [[ServiceName]]
        )
        func `these services of the release before count every event exactly once with the others`(
            old: [ServiceName]
        ) async throws {
            let folder = try #require(Executables.oldFolder)
            let name = "upgrade \(old.map(\.rawValue))"
            let factory = LoadEventFactory(try Vector.tokenCases(), prefix: "upgrade", now: .now)
            let journal = Journal(workspaces: Self.workspaces.count)
            var options = Cluster.Options()
            for service in old { options.folders[service] = folder }
            // Functions of a version know a partition once a consumer of that version has compared it with the ledger.
            if Set(old).isSuperset(of: [.pricing, .budget, .analytics]) { options.commandFolder = folder }
            try await Cluster.with(options) { cluster in
                var keys: [String] = []
                for workspace in Self.workspaces {
                    keys.append(try await cluster.makeKey("load-\(workspace)", workspace: workspace).key)
                }
                let gate = LoadGate(total: Self.events)
                await gate.raise(to: Self.events)
                let client = LoadClient(
                    journal: journal,
                    gate: gate,
                    http: cluster.client(of: .ingest),
                    keys: keys,
                    factory: factory
                )
                try await client.run(seed: Seed.generator(for: name))
                try await cluster.waitUntilQuiet()
                let outcome = LoadOutcome(journal, workspaces: Self.workspaces)
                outcome.check()
                for (index, key) in keys.enumerated() {
                    try await outcome.check(index, on: cluster, key: key, from: factory.from, to: factory.to)
                }
                try await outcome.checkVerified(on: cluster)
                #expect(try await cluster.deadLetters().isEmpty)
            }
        }
    }
}
