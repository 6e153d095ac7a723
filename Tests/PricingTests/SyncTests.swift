import Domain
import FoundationEssentials
import HTTPTypes
import Postgres
import PriceBook
import ServiceRuntime
import TestSupport
import Testing
import Wire

import PriceDesk
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

    @Test func `the book follows the store: each event is priced by what held when it happened`() async throws {
        try await MapServer.with { server in
            let holder = PriceBookHolder(zones: .fixed)
            let rig = SyncRig(url: server.url, onChange: holder.replace)
            var map = SampleMap()
            _ = try await rig.sync.importShipped(map.bytes)
            let before = rig.clock.now
            rig.clock.advance(by: .seconds(60))
            map[1, "input_cost_per_token"] = "0.0000012"
            server.answer(MapServer.body(map.json))
            _ = try await rig.syncNow()
            let usage = Usage(items: [Usage.Item(.inputTokens, Amount(units: 1_000))])
            func cost(at time: Timestamp) -> String? {
                let request = PriceRequest(operation: .tokens, usage: usage, occurredAt: time)
                return holder.plans.cost(provider: "acme", model: "model-1", workspace: nil, request).money?.usd
            }
            #expect(cost(at: before) == "0.001010000000")
            #expect(cost(at: rig.clock.now) == "0.001200000000")
            #expect(holder.mapKey(provider: "acme", model: "model-1", at: before) == "model-1")
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
}

private func write(_ text: String, to path: String) throws {
    try Data(text.utf8).write(to: URL(filePath: path))
}
