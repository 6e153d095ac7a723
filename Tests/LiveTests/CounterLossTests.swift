import FoundationEssentials
import Glibc
import LocalServers
import Redis
import TestSupport
import Testing

extension LiveSuite {
    /// Redis loses what it had, or comes back older, while events are posted.
    @Suite struct CounterLossTests {
        private static let workspaces = ["acme", "globex", "initech"]
        private static let total = Scale.isFull ? 60_000 : 15_000
        /// The time within which counters hold everything again, as the operator's guide says.
        private static let limit = Duration.seconds(30)

        @Test(.timeLimit(.minutes(8)))
        func `counters equal the ledger again after Redis was emptied under load`() async throws {
            try await Self.underLoad("flushed") { cluster, gate in
                for share in [3, 2] {
                    await gate.reached(Self.total / share)
                    _ = try await cluster.sendToRedis([RedisCommand("FLUSHALL")])
                    try await Self.measureReturn("FLUSHALL", on: cluster)
                }
            }
        }

        @Test(.timeLimit(.minutes(8)))
        func `counters equal the ledger again after an old state of Redis came back under load`() async throws {
            try await Self.underLoad("restored") { cluster, gate in
                await gate.reached(Self.total / 4)
                let folder = try await Self.dataFolder(of: cluster)
                let files = FileManager.default
                // A copy of the append-only files is what Redis had a moment ago, as a backup would be.
                let copy = "\(cluster.folder)/old"
                try files.copyItem(atPath: folder, toPath: copy)
                try Self.give(copy, toOwnerOf: folder)
                await gate.reached(Self.total * 3 / 4)
                await cluster.redis.kill9()
                try files.removeItem(atPath: folder)
                try files.moveItem(atPath: copy, toPath: folder)
                try await cluster.redis.start()
                try await Self.measureReturn("an old append-only file", on: cluster)
            }
        }

        @Test(.timeLimit(.minutes(8)))
        func `five reconciliations at once under load change nothing, and mend what was wrong`() async throws {
            // Alone: a rebuild of the drift watch, which finds what is wrong as well, takes over theirs.
            try await Self.underLoad("reconciled", driftInterval: "10m") { cluster, gate in
                await gate.reached(Self.total / 4)
                try await Self.spoil(on: cluster)
                try await withThrowingTaskGroup { group in
                    for _ in 0..<5 {
                        group.addTask {
                            try await cluster.oliver(ReconcileAnswer.self, "budgets", "reconcile", "--json")
                        }
                    }
                    var rebuilt: Set<String> = []
                    for try await answer in group {
                        rebuilt.formUnion(answer.counters.filter(\.rebuilt).map { "\($0.workspace) \($0.period)" })
                    }
                    #expect(rebuilt.count >= 2 * Self.workspaces.count)
                }
            }
        }

        @Test(.timeLimit(.minutes(8)))
        func `the drift of a wrong counter shows as a metric, and it is mended`() async throws {
            try await Self.underLoad("drifted") { cluster, gate in
                await gate.reached(Self.total / 4)
                try await Self.spoil(on: cluster)
                let http = cluster.client(of: .budget)
                _ = try await eventually("the drift is found", within: .seconds(60)) {
                    let text = String(decoding: try await http.send(.get("/metrics")).body, as: UTF8.self)
                    let found = text.split(separator: "\n").first { $0.hasPrefix("oliver_counters_found_wrong") }
                    return found?.hasSuffix(" 0") == false ? true : nil
                }
            }
        }

        // MARK: - Support

        /// Posts events while the body does harm, and checks in the end that counters and ledger agree.
        private static func underLoad(
            _ name: String,
            driftInterval: String = "100ms",
            _ body: @Sendable @escaping (Cluster, LoadGate) async throws -> Void
        ) async throws {
            let factory = LoadEventFactory(try Vector.tokenCases(), prefix: name, now: .now)
            let journal = Journal(workspaces: workspaces.count)
            let gate = LoadGate(total: total)
            let options = Cluster.Options(ofService: [.budget: ["OLIVER_BUDGET_DRIFT_INTERVAL": driftInterval]])
            try await Cluster.with(options) { cluster in
                var keys: [String] = []
                for workspace in workspaces {
                    keys.append(try await cluster.makeKey("load-\(workspace)", workspace: workspace).key)
                }
                await gate.raise(to: total)
                try await withThrowingTaskGroup { group in
                    for number in 0..<3 {
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
                    try await gate.closing { try await body(cluster, gate) }
                    try await group.waitForAll()
                }
                try await cluster.waitUntilQuiet()
                let start = ContinuousClock.now
                let report = try await cluster.verifyAtRest(within: limit)
                print("\(name): at rest all counters equal the ledger within \(start.duration(to: .now))")
                #expect(report.workspaces.map(\.events).reduce(0, +) > total / 4)
                for service in ServiceName.allCases {
                    #expect(cluster.isRunning(service), "\(service.rawValue) ended by itself")
                }
            }
        }

        /// Makes the total of a workspace wrong by hand.
        private static func spoil(on cluster: Cluster) async throws {
            let keys = try await cluster.sendToRedis([RedisCommand("KEYS", "spend:*total")])[0].elements.compactMap(
                \.text
            )
            let key = try #require(keys.sorted().first)
            _ = try await cluster.sendToRedis([RedisCommand("HINCRBY", key, "micro", "1234567")])
        }

        private static func dataFolder(of cluster: Cluster) async throws -> String {
            let reply = try await cluster.sendToRedis([RedisCommand("CONFIG", "GET", "dir")])[0]
            return try #require(reply.elements.last?.text)
        }

        /// Redis runs under another account than a test that root started.
        private static func give(_ copy: String, toOwnerOf folder: String) throws {
            var status = stat()
            try #require(stat(folder, &status) == 0)
            let paths = try FileManager.default.subpathsOfDirectory(atPath: copy).map { "\(copy)/\($0)" }
            for path in [copy] + paths { try #require(chown(path, status.st_uid, status.st_gid) == 0) }
        }

        /// Waits until the workspaces' totals are ready in the present epoch, and tells how long it took.
        private static func measureReturn(_ what: String, on cluster: Cluster) async throws {
            let start = ContinuousClock.now
            _ = try await eventually("the counters are ready", within: limit, every: .milliseconds(20)) {
                let keys = try await cluster.sendToRedis([RedisCommand("KEYS", "spend:*total")])[0].elements
                    .compactMap(\.text)
                guard keys.count == workspaces.count else { return nil as Bool? }
                for key in keys {
                    let tag = key.prefix { $0 != "}" }.drop { $0 != "{" }
                    let replies = try await cluster.sendToRedis([
                        RedisCommand("GET", "epoch:\(tag)}"), RedisCommand("HGET", key, "ready"),
                    ])
                    guard let epoch = replies[0].text, replies[1].text == epoch else { return nil }
                }
                return true
            }
            print("\(what): the standing counters were ready again after \(start.duration(to: .now))")
        }
    }
}

/// What `oliver budgets reconcile --json` prints.
private struct ReconcileAnswer: Decodable {
    struct Counter: Decodable {
        var workspace: String
        var scope: String
        var period: String
        var differenceUsd: String
        var rebuilt: Bool
    }

    var counters: [Counter]
    var differed: Int
}
