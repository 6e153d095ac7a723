import Domain
import LocalServers
import Redis
import Streams
import TestSupport
import Testing

extension LiveSuite {
    @Suite struct PoisonTests {
        @Test(.timeLimit(.minutes(5)))
        func `puts entries nobody can read among the dead letters while the rest flows on`() async throws {
            try await Cluster.with { cluster in
                let key = try await cluster.makeKey("poison", workspace: "acme").key
                let client = cluster.client(of: .ingest)
                #expect(try await client.send(.record(BadInputTests.event("before"), key: key)).status == 202)
                try await Self.addPoison(to: cluster)
                #expect(try await client.send(.record(BadInputTests.event("after"), key: key)).status == 202)
                try await cluster.waitUntilQuiet()

                let letters = try await cluster.deadLetters()
                // The priced entry is dead for both of its readers.
                let stages = ["budget", "ledger", "pricing", "pricing", "pricing", "pricing"]
                #expect(letters.map(\.stage).sorted() == stages)
                #expect(letters.allSatisfy { !$0.reason.isEmpty && $0.attempts >= 1 }, "\(letters)")
                for letter in letters {
                    let shown = try await Self.run(["show", letter.id], on: cluster)
                    #expect(shown.contains(letter.entry), "\(shown)")
                }
                // What is put back without having been mended dies again.
                let first = try #require(letters.first { $0.stage == "pricing" })
                _ = try await Self.run(["replay", first.id], on: cluster)
                try await cluster.waitUntilQuiet()
                let again = try await cluster.deadLetters()
                #expect(again.count == letters.count)
                #expect(!again.contains { $0.id == first.id })

                for letter in again { _ = try await Self.run(["discard", letter.id], on: cluster) }
                try await BadInputTests.checkUnharmed(cluster, key: key, events: 2)
            }
        }

        private static func addPoison(to cluster: Cluster) async throws {
            let own = Partitioning.standard.partition(ofWorkspace: "acme")
            let replies = try await cluster.sendToRedis([
                RedisCommand("XADD", "usage:raw:{\(own)}", "*", "p", "garbage"),
                RedisCommand("XADD", "usage:raw:{\(own)}", "*", "p", ""),
                RedisCommand("XADD", "usage:raw:{\(own)}", "*", "other", "field"),
                RedisCommand("XADD", "usage:raw:{\(Partition.first)}", "*", "p", "garbage"),
                RedisCommand("XADD", "usage:priced:{\(own)}", "*", "e", "1", "p", "garbage"),
            ])
            #expect(replies.allSatisfy { $0.text != nil }, "\(replies)")
        }

        /// Runs `oliver dead`, which must succeed, and returns what it printed.
        private static func run(_ arguments: [String], on cluster: Cluster) async throws -> String {
            let result = try await cluster.oliver(["dead"] + arguments)
            #expect(result.status == .exited(0), "\(arguments): \(result.output)")
            return result.output
        }
    }
}
