import Domain
import Hummingbird
import NIOCore
import PriceBook
import ServiceRuntime
import TestSupport
import Testing
import Wire

import PriceDesk
@testable import Pricing

/// Maps that must not harm: what was good stays, people are told once, and metrics show it.
@Suite(.timeLimit(.minutes(2))) struct PoisonedMapTests {
    /// A replica whose book holds the sample map, fetched from a server.
    func withBook(
        _ body: @escaping @Sendable (SyncRig, MapServer, SampleMap) async throws -> Void
    ) async throws {
        try await MapServer.with { server in
            let rig = SyncRig(url: server.url)
            let map = SampleMap()
            _ = try await rig.sync.importShipped(map.bytes)
            server.answer(MapServer.body(map.json))
            #expect(try await rig.syncNow().outcome == .unchanged)
            #expect(try await rig.notices().isEmpty)
            try await body(rig, server, map)
        }
    }

    /// Checks that a sync changes no price, tells people once and says so in metrics.
    func expectNoHarm(_ rig: SyncRig, _ outcome: SyncOutcome, _ detail: String) async throws {
        let before = rig.cache.current.stored.count
        let record = try await rig.syncNow()
        #expect(record.outcome == outcome)
        #expect(record.detail?.contains(detail) == true, "\(record.detail ?? "")")
        #expect(rig.cache.current.stored.count == before)
        #expect(rig.cache.current.stored.allSatisfy { $0.isOpen })
        #expect(try await rig.notices().count == 1)
        #expect(rig.metric("oliver_price_syncs_total{outcome=\"\(outcome.rawValue)\"") == 1)
        // The same failure again is no news.
        #expect(try await rig.syncNow().outcome == outcome)
        #expect(try await rig.notices().isEmpty)
        #expect(rig.metric("oliver_price_syncs_total{outcome=\"\(outcome.rawValue)\"") == 2)
    }

    @Test func `a rate that is ten times as much is kept out, everything else goes in`() async throws {
        try await withBook { rig, server, map in
            var map = map
            let good = try await rig.rate(3)
            map[3, "input_cost_per_token"] = "0.00103"
            map[4, "input_cost_per_token"] = "0.00000105"
            map.models["brand-new"] = ["litellm_provider": "\"acme\"", "input_cost_per_token": "1e-6"]
            server.answer(MapServer.body(map.json))
            let record = try await rig.syncNow()
            #expect(record.outcome == .applied)
            #expect((record.counts.quarantined, record.counts.changed, record.counts.opened) == (1, 1, 1))
            #expect(try await rig.rate(3) == good)
            #expect(try await rig.rate(4) == "0.00000105")
            let notices = try await rig.notices()
            #expect(notices.count == 1)
            #expect(notices.first?.title == "1 price changes wait for a decision")
            #expect(rig.metric("oliver_price_changes_pending") == 1)
            // The next sync of the same map asks nothing anew and tells nothing.
            let again = try await rig.syncNow()
            #expect(again.counts.held <= 1 && again.counts.quarantined == 0)
            #expect(try await rig.notices().isEmpty)
            #expect(try await rig.store.pendingChangeCount() == 1)
        }
    }

    @Test func `a whole map ten times as dear changes no price`() async throws {
        try await withBook { rig, server, map in
            var poisoned = map
            for (key, fields) in map.models {
                for (name, value) in fields where name.contains("cost") { poisoned.models[key]?[name] = "\(value)e1" }
                for (name, value) in fields where name.contains("cost") && value.contains("e") {
                    poisoned.models[key]?[name] = "1e-6"
                }
            }
            server.answer(MapServer.body(poisoned.json))
            let record = try await rig.syncNow()
            #expect(record.counts.quarantined == map.models.count)
            #expect(record.counts.changed == 0)
            #expect(try await rig.rate(7) == "0.00000107")
            #expect(try await rig.notices().count == 1)
        }
    }

    @Test(arguments: ["0", "-0.000001", "NaN", "Infinity", "1e999", "\"free\"", "1e-3"])
    func `a rate of zero, below zero, no number or no reason is kept out`(_ value: String) async throws {
        try await withBook { rig, server, map in
            var map = map
            map[5, "input_cost_per_token"] = value
            map[6, "output_cost_per_token"] = "0.0000101"
            server.answer(MapServer.body(map.json))
            let record = try await rig.syncNow()
            #expect(record.counts.quarantined == 1)
            #expect(try await rig.rate(5) == "0.00000105")
            #expect(try await rig.rate(6, "output_cost_per_token") == "0.0000101")
            #expect(try await rig.notices().count == 1)
        }
    }

    @Test func `a used model that vanished stays, an unused one goes`() async throws {
        try await withBook { rig, server, map in
            var map = map
            rig.used.set(["model-8"])
            map.models["model-8"] = nil
            map.models["model-9"] = nil
            server.answer(MapServer.body(map.json))
            let record = try await rig.syncNow()
            #expect((record.counts.quarantined, record.counts.closed) == (1, 1))
            #expect(try await rig.rate(8) != nil)
            #expect(try await rig.rate(9) == nil)
            #expect(
                try await rig.store.priceChanges(.pending, before: nil, limit: 5).first?.guards == [
                    "used_model_vanished"
                ]
            )
        }
    }

    @Test func `a map that has lost much is refused`() async throws {
        try await withBook { rig, server, map in
            var map = map
            for index in 0..<5 { map.models["model-\(index)"] = nil }
            server.answer(MapServer.body(map.json))
            try await expectNoHarm(rig, .refused, "5 of 200 models are missing")
            server.answer(MapServer.body(SampleMap(count: 49).json))
            #expect(try await rig.syncNow().detail?.contains("fewer than 50") == true)
        }
    }

    @Test func `a truncated map is refused`() async throws {
        try await withBook { rig, server, map in
            server.answer(MapServer.body(String(map.json.dropLast(40))))
            try await expectNoHarm(rig, .refused, "cannot be read")
        }
    }

    @Test func `something else than a map is refused`() async throws {
        try await withBook { rig, server, _ in
            server.answer(MapServer.body("[1, 2, 3]"))
            try await expectNoHarm(rig, .refused, "cannot be read")
        }
    }

    @Test func `a page of another content type is not read`() async throws {
        try await withBook { rig, server, map in
            server.answer(MapServer.body(map.json, type: "text/html"))
            try await expectNoHarm(rig, .failed, "came as text/html")
            server.answer(MapServer.body(map.json, type: nil))
            #expect(try await rig.syncNow().detail?.contains("no content type") == true)
        }
    }

    @Test func `a map without end is not read to its end`() async throws {
        try await withBook { rig, server, _ in
            let chunk = ByteBuffer(repeating: UInt8(ascii: " "), count: 1 << 20)
            server.answer(
                MapServer.stream { $0 < 200 ? chunk : nil }
            )
            try await expectNoHarm(rig, .failed, "more than 30000000 bytes")
            #expect(server.requests == 3)
        }
    }

    @Test func `a map that is declared too long is not read at all`() async throws {
        try await withBook { rig, server, _ in
            let chunk = ByteBuffer(repeating: UInt8(ascii: " "), count: 1_000)
            server.answer(
                MapServer.stream(length: 30_000_001) { $0 < 30_000 ? chunk : nil }
            )
            try await expectNoHarm(rig, .failed, "more than 30000000 bytes")
        }
    }

    @Test func `a redirect loop ends`() async throws {
        try await withBook { rig, server, _ in
            let before = server.requests
            server.answer(MapServer.status(.found, location: server.url))
            try await expectNoHarm(rig, .failed, "redirects more than 3 times")
            #expect(server.requests == before + 8)
        }
    }

    @Test func `a redirect to another scheme is not followed`() async throws {
        try await withBook { rig, server, _ in
            server.answer(MapServer.status(.movedPermanently, location: "file:///etc/passwd"))
            try await expectNoHarm(rig, .failed, "redirects to where it must not")
        }
    }

    @Test func `a slow server is given up`() async throws {
        try await withBook { rig, server, _ in
            // Only this replica is in a hurry: the book was made without.
            var limits = PriceMapFetcher.Limits()
            limits.time = .milliseconds(300)
            let hasty = SyncRig(
                url: server.url,
                store: rig.store,
                limits: limits,
                streams: rig.streams,
                clock: rig.clock
            )
            try await hasty.cache.load()
            server.answer(
                MapServer.stream { index in
                    // Each byte comes in time, the map never does.
                    try await Task.sleep(for: .milliseconds(50))
                    return index < 600 ? ByteBuffer(string: " ") : nil
                }
            )
            let start = ContinuousClock.now
            try await expectNoHarm(hasty, .failed, "did not arrive within")
            #expect(ContinuousClock.now - start < .seconds(60))
        }
    }

    @Test func `a server that breaks off is asked again and then given up`() async throws {
        struct Broken: Error {}
        try await withBook { rig, server, map in
            server.answer(
                MapServer.stream(length: map.json.utf8.count) { index in
                    guard index == 0 else { throw Broken() }
                    return ByteBuffer(string: String(map.json.prefix(1_000)))
                }
            )
            let before = server.requests
            try await expectNoHarm(rig, .failed, "broke off")
            #expect(server.requests == before + 6)
        }
    }

    @Test func `a server that is not there harms nothing`() async throws {
        let rig = SyncRig(url: "http://127.0.0.1:1/map.json")
        _ = try await rig.sync.importShipped(SampleMap().bytes)
        try await expectNoHarm(rig, .failed, "cannot be reached")
        #expect(try await rig.rate(1) == "0.00000101")
    }
}
