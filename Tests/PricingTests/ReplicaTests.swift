import Domain
import HTTPTypes
import Postgres
import PriceBook
import ServiceRuntime
import TestSupport
import Testing

import PriceDesk
@testable import Pricing

/// Several replicas over one PostgreSQL.
@Suite(.timeLimit(.minutes(2))) struct ReplicaTests {
    @Test func `two replicas that sync at once do it once and tell once`() async throws {
        try await MapServer.with { server in
            try await withPriceStore { store, _ in
                let first = SyncRig(url: server.url, store: store, instance: "a")
                let rigs =
                    [first]
                    + ["b", "c"].map {
                        SyncRig(url: server.url, store: store, streams: first.streams, clock: first.clock, instance: $0)
                    }
                var map = SampleMap()
                let shipped = map.bytes
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for rig in rigs { group.addTask { _ = try await rig.sync.importShipped(shipped) } }
                    try await group.waitForAll()
                }
                #expect(try await store.changes(after: nil).prices.count == 200)
                first.clock.advance(by: .seconds(60))
                map[1, "input_cost_per_token"] = "0.0000011"
                map[2, "input_cost_per_token"] = "0.5"
                server.answer(MapServer.body(map.json))
                await withTaskGroup(of: Void.self) { group in
                    for rig in rigs { group.addTask { await rig.sync.look() } }
                }
                #expect(server.requests == 1)
                #expect(try await store.changes(after: nil).prices.count == 201)
                #expect(try await store.pendingChangeCount() == 1)
                #expect(try await first.notices().count == 1)
                for rig in rigs { #expect(try await rig.rate(1) == "0.0000011") }
            }
        }
    }

    @Test func `a replica sees soon what another one wrote`() async throws {
        try await withPriceStore { store, _ in
            let cache = PriceCache(store: store, logger: .quiet)
            try await cache.load()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await cache.run() }
                let contract = PriceStoreContract(store: store)
                let start = ContinuousClock.now
                _ = try await store.create(try contract.override(), at: contract.now)
                while cache.current.versions.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
                #expect(ContinuousClock.now - start < .seconds(20))
                group.cancelAll()
            }
        }
    }

    @Test func `used models are found in the ledger's rollups`() async throws {
        try await withPriceStore { _, pool in
            let used = LedgerUsedModels(pool: pool) { ["\($0.provider)/\($0.model)"] }
            let now = Timestamp(seconds: 1_795_428_000)
            // A database without a ledger has none.
            #expect(try await used.keys(since: now).isEmpty)
            try await pool.withConnection { connection in
                try await connection.execute(
                    script: """
                        CREATE TABLE series (id bigint, provider text, model text);
                        CREATE TABLE rollups (series_id bigint, bucket timestamptz);
                        INSERT INTO series VALUES (1, 'openai', 'gpt-4o'), (2, 'openai', 'old'), (3, 'x', 'never');
                        INSERT INTO rollups VALUES (1, '2026-11-20T00:00:00Z'), (2, '2026-01-01T00:00:00Z');
                        """
                )
            }
            #expect(try await used.keys(since: now.adding(.seconds(-90 * 86_400))) == ["openai/gpt-4o"])
        }
    }
}
