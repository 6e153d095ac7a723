import Domain
import FoundationEssentials
import HTTPTypes
import Postgres
import PriceBook
import ServiceRuntime
import TestSupport
import Testing
import Wire

@testable import Pricing

@Suite(.timeLimit(.minutes(2))) struct SyncTests {
    @Test func `prices hold from the time of the sync, and before it the old ones`() async throws {
        try await MapServer.with { server in
            let rig = SyncRig(url: server.url)
            var map = SampleMap()
            _ = try await rig.sync.importShipped(map.bytes)
            rig.clock.advance(by: .seconds(3_600))
            map[1, "input_cost_per_token"] = "0.0000012"
            server.answer(MapServer.body(map.json))
            let record = try await rig.syncNow()
            #expect(record.outcome == .applied && record.counts.changed == 1 && record.counts.unchanged == 199)
            let versions = rig.cache.current.stored.filter { $0.entry.key == "model-1" }
            #expect(versions.map(\.entry.validFrom) == [nil, rig.clock.now])
            #expect(versions.map(\.entry.validTo) == [rig.clock.now, nil])
            #expect(versions[0].holds(at: rig.clock.now.adding(microseconds: -1)))
            #expect(!versions[0].holds(at: rig.clock.now) && versions[1].holds(at: rig.clock.now))
        }
    }

    @Test func `an unchanged map is not sent again`() async throws {
        try await MapServer.with { server in
            let rig = SyncRig(url: server.url)
            let map = SampleMap()
            _ = try await rig.sync.importShipped(map.bytes)
            server.answer(MapServer.tagged(map.json, etag: "\"v1\""))
            #expect(try await rig.syncNow().outcome == .unchanged)
            let second = try await rig.syncNow()
            #expect(second.outcome == .notModified && second.etag == "\"v1\"")
            #expect(try await rig.syncNow().outcome == .notModified)
            #expect(server.requests == 3)
            // Without a tag the same bytes are recognised by their digest.
            server.answer(MapServer.body(map.json))
            #expect(try await rig.syncNow().outcome == .notModified)
            #expect(rig.metric("oliver_price_sync_last_success_seconds") == Double(rig.clock.now.seconds))
        }
    }

    @Test func `a server that fails first is asked again`() async throws {
        try await MapServer.with { server in
            let rig = SyncRig(url: server.url)
            let map = SampleMap()
            _ = try await rig.sync.importShipped(map.bytes)
            server.answer(
                MapServer.status(.internalServerError),
                MapServer.status(.tooManyRequests),
                MapServer.body(map.json)
            )
            #expect(try await rig.syncNow().outcome == .unchanged)
            #expect(server.requests == 3)
            // What trying again cannot help is asked once.
            server.answer(MapServer.status(.notFound))
            #expect(try await rig.syncNow().detail == "The price map's server answered 404.")
            #expect(server.requests == 4)
        }
    }

    @Test func `a redirect leads to the map`() async throws {
        try await MapServer.with { server in
            let rig = SyncRig(url: server.url)
            let map = SampleMap()
            _ = try await rig.sync.importShipped(map.bytes)
            server.answer(
                MapServer.status(.temporaryRedirect, location: "/elsewhere"),
                MapServer.status(.permanentRedirect, location: "map2.json"),
                MapServer.body(map.json)
            )
            #expect(try await rig.syncNow().outcome == .unchanged)
            #expect(server.requests == 3)
        }
    }

    @Test func `a file is a source too, within bounds`() async throws {
        try await withScratchFolder { folder in
            let path = "\(folder)/map file.json"
            var map = SampleMap()
            try write(map.json, to: path)
            let rig = SyncRig(url: "file://\(folder)/map%20file.json")
            _ = try await rig.sync.importShipped(map.bytes)
            #expect(try await rig.syncNow().outcome == .unchanged)
            map[2, "input_cost_per_token"] = "0.0000013"
            try write(map.json, to: path)
            #expect(try await rig.syncNow().counts.changed == 1)
            #expect(try await rig.syncNow().outcome == .notModified)
            let folderRig = SyncRig(url: "file://\(folder)")
            #expect(try await folderRig.syncNow().detail?.contains("no regular file") == true)
            var limits = PriceMapFetcher.Limits()
            limits.bytes = 1_000
            let smallRig = SyncRig(url: "file://\(folder)/map%20file.json", limits: limits)
            #expect(try await smallRig.syncNow().detail == "The price map has more than 1000 bytes.")
        }
    }

    @Test func `it syncs when it is due, and not before`() async throws {
        try await MapServer.with { server in
            let rig = SyncRig(url: server.url)
            let map = SampleMap()
            _ = try await rig.sync.importShipped(map.bytes)
            server.answer(MapServer.body(map.json))
            await rig.sync.look()
            #expect(server.requests == 1)
            rig.clock.advance(by: .seconds(86_399))
            await rig.sync.look()
            #expect(server.requests == 1)
            rig.clock.advance(by: .seconds(2))
            await rig.sync.look()
            #expect(server.requests == 2)
            // A failure is not repeated at once.
            server.answer(MapServer.status(.notFound))
            rig.clock.advance(by: .seconds(86_401))
            await rig.sync.look()
            await rig.sync.look()
            #expect(server.requests == 3)
            rig.clock.advance(by: .seconds(3_601))
            await rig.sync.look()
            #expect(server.requests == 4)
        }
    }

    @Test func `a stale book is a metric and one notice until a sync succeeds`() async throws {
        try await MapServer.with { server in
            let rig = SyncRig(url: server.url)
            let map = SampleMap()
            _ = try await rig.sync.importShipped(map.bytes)
            server.answer(MapServer.status(.notFound))
            await rig.sync.look()
            #expect(rig.metric("oliver_price_sync_stale") == 0)
            #expect(try await rig.notices().map(\.kind) == ["price_sync"])
            rig.clock.advance(by: .seconds(172_801))
            await rig.sync.look()
            await rig.sync.look()
            #expect(rig.metric("oliver_price_sync_stale") == 1)
            #expect(rig.metric("oliver_price_book_age_seconds") == 172_801)
            #expect(try await rig.notices().map(\.kind) == ["price_sync_stale"])
            server.answer(MapServer.body(map.json))
            rig.clock.advance(by: .seconds(7_200))
            await rig.sync.look()
            await rig.sync.look()
            #expect(rig.metric("oliver_price_sync_stale") == 0)
            #expect(rig.metric("oliver_price_sync_last_success_seconds") == Double(rig.clock.now.seconds))
            #expect(try await rig.notices().isEmpty)
        }
    }

    @Test func `switched off it fetches nothing`() async throws {
        let rig = SyncRig(url: nil)
        _ = try await rig.sync.importShipped(SampleMap().bytes)
        await rig.sync.look()
        await #expect(throws: PriceSync.Refusal.off) { _ = try await rig.syncNow() }
        rig.clock.advance(by: .seconds(400_000))
        await rig.sync.look()
        #expect(rig.metric("oliver_price_sync_stale") == 0)
        #expect(try await rig.notices().isEmpty)
    }

    @Test func `what was refused is not asked for again, another value is`() async throws {
        try await MapServer.with { server in
            let rig = SyncRig(url: server.url)
            var map = SampleMap()
            _ = try await rig.sync.importShipped(map.bytes)
            map[1, "input_cost_per_token"] = "0.0101"
            server.answer(MapServer.body(map.json))
            _ = try await rig.syncNow()
            let change = try #require(try await rig.store.priceChanges(.pending, before: nil, limit: 1).first)
            let refusal = PriceDecision(changeID: change.id, isApproved: false, by: "ann")
            _ = try await rig.store.decide(refusal, at: rig.clock.now)
            map[2, "input_cost_per_token"] = "0.0000011"
            server.answer(MapServer.body(map.json))
            let second = try await rig.syncNow()
            #expect((second.counts.held, second.counts.quarantined, second.counts.changed) == (1, 0, 1))
            map[1, "input_cost_per_token"] = "0.0202"
            server.answer(MapServer.body(map.json))
            #expect(try await rig.syncNow().counts.quarantined == 1)
            // The source takes it back: nobody needs to decide any more.
            map[1, "input_cost_per_token"] = "0.00000101"
            server.answer(MapServer.body(map.json))
            _ = try await rig.syncNow()
            #expect(try await rig.store.pendingChangeCount() == 0)
            #expect(try await rig.rate(1) == "0.00000101")
        }
    }

    @Test func `a newer shipped map is taken over only while no sync succeeded, an older one never`() async throws {
        try await MapServer.with { server in
            let store = InMemoryPriceStore()
            let old = SampleMap()
            var new = old
            new[1, "input_cost_per_token"] = "0.0000011"
            let rig = SyncRig(url: server.url, store: store)
            #expect(try await rig.sync.importShipped(old.bytes)?.counts.opened == 200)
            #expect(try await rig.sync.importShipped(old.bytes) == nil)
            rig.clock.advance(by: .seconds(60))
            #expect(try await rig.sync.importShipped(new.bytes)?.counts.changed == 1)
            // A replica of the version before starts again.
            #expect(try await rig.sync.importShipped(old.bytes) == nil)
            #expect(try await rig.rate(1) == "0.0000011")
            new[1, "input_cost_per_token"] = "0.0000012"
            server.answer(MapServer.body(new.json))
            _ = try await rig.syncNow()
            new[1, "input_cost_per_token"] = "0.0000013"
            #expect(try await rig.sync.importShipped(new.bytes) == nil)
            #expect(try await rig.rate(1) == "0.0000012")
        }
    }

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

    @Test func `a replica sees within a second what another one wrote`() async throws {
        try await withPriceStore { store, _ in
            let cache = PriceCache(store: store, logger: .quiet)
            try await cache.load()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await cache.run() }
                let contract = PriceStoreContract(store: store)
                let start = ContinuousClock.now
                _ = try await store.create(try contract.override(), at: contract.now)
                while cache.current.versions.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
                #expect(ContinuousClock.now - start < .seconds(1))
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

private func write(_ text: String, to path: String) throws {
    try Data(text.utf8).write(to: URL(filePath: path))
}
