import Domain
import PriceBook
import PriceDesk
@testable import Pricing
import Testing

/// What every price store must do.
///
/// Run by the suites of both implementations.
struct PriceStoreContract {
    let store: any PriceStore
    let now = Timestamp(seconds: 1_795_428_000)

    func expect(_ code: PriceStoreError.Code, _ body: () async throws -> Void) async {
        do {
            try await body()
            Issue.record("did not fail")
        } catch let error as PriceStoreError {
            #expect(error.code == code)
        } catch {
            Issue.record("\(error)")
        }
    }

    func override(
        _ model: String = "gpt-4o",
        _ rate: String = "0.000002",
        workspace: String? = nil,
        from: Timestamp? = nil,
        to: Timestamp? = nil
    ) throws -> NewOverride {
        let json = #"{"litellm_provider":"openai","input_cost_per_token":"\#(rate)"}"#
        let entry = try entry("openai/\(model)", json, from: from ?? now, to: to)
        return NewOverride(workspace: workspace, entry: entry, author: "ann", reason: "contract 7")
    }

    func entries(_ rates: [String: String]) throws -> [PriceEntry] {
        try rates.sorted { $0.key < $1.key }.map { key, rate in
            try entry(key, #"{"litellm_provider":"acme","mode":"chat","input_cost_per_token":\#(rate)}"#)
        }
    }

    /// Begins a sync and applies a plan to the present version.
    @discardableResult
    func apply(_ plan: SyncPlan, at time: Timestamp? = nil, cause: SyncCause = .manual) async throws -> SyncRecord {
        let record = try await begin(cause, at: time ?? now)
        var result = SyncResult(.applied)
        result.counts = plan.counts
        result.isNoticeDue = true
        return try await store.apply(
            plan,
            of: record.id,
            result,
            basedOn: try await store.version(),
            at: time ?? now
        )
    }

    func begin(
        _ cause: SyncCause = .manual,
        at time: Timestamp,
        by instance: String = "a"
    ) async throws -> SyncRecord {
        let request = SyncRequest(
            cause: cause,
            requestedBy: "test",
            instance: instance,
            url: "http://map",
            at: time,
            abandonedBefore: time.adding(.seconds(-900))
        )
        guard case .admitted(let record) = try await store.begin(request) else {
            throw PriceStoreError(.conflict, "not admitted")
        }
        return record
    }

    func all() async throws -> [StoredPrice] {
        try await store.changes(after: nil).prices
    }

    func versions(of key: String) async throws -> [StoredPrice] {
        try await all().filter { $0.entry.key == key }
    }

    func closesAndOpensVersions() async throws {
        var baseline = SyncPlan(isBaseline: true)
        baseline.opened = try entries(["a": "1e-6", "b": "2e-6", "c": "3e-6"])
        let first = try await apply(baseline)
        #expect(first.counts.opened == 3)
        let seen = try await store.version()
        var plan = SyncPlan()
        plan.changed = try entries(["b": "2.5e-6"])
        plan.opened = try entries(["d": "4e-6"])
        plan.closed = ["c"]
        plan.unchanged = 1
        let later = now.adding(.seconds(60))
        let second = try await apply(plan, at: later)
        let changed = try await store.changes(after: seen)
        #expect(changed.prices.map(\.entry.key).sorted() == ["b", "b", "c", "d"])
        #expect(changed.version > seen)
        let b = try await versions(of: "b")
        #expect(b.map(\.entry.validFrom) == [nil, later])
        #expect(b.map(\.entry.validTo) == [later, nil])
        #expect(b.map { $0.entry.flatRates[0].rate.text } == ["0.000002", "0.0000025"])
        #expect(b[0].contentVersion != b[1].contentVersion)
        #expect(b[1].syncID == second.id && b[0].syncID == first.id)
        #expect(b[0].closedAt == later && b[0].closedBy == "sync \(second.id)")
        #expect(try await versions(of: "a").map(\.entry.validTo) == [nil])
        #expect(try await versions(of: "c").map(\.entry.validTo) == [later])
        #expect(try await versions(of: "d").map(\.entry.validFrom) == [later])
    }

    func keepsIntervalsWholeWhenTheClockGoesBack() async throws {
        var plan = SyncPlan()
        plan.opened = try entries(["a": "1e-6"])
        try await apply(plan, at: now)
        var change = SyncPlan()
        change.changed = try entries(["a": "2e-6"])
        try await apply(change, at: now.adding(.seconds(-3_600)))
        let versions = try await versions(of: "a")
        #expect(versions.map(\.entry.validFrom) == [now, now])
        #expect(versions.map(\.entry.validTo) == [now, nil])
    }

    func refusesPlansOfAnotherVersion() async throws {
        var plan = SyncPlan()
        plan.opened = try entries(["a": "1e-6"])
        let record = try await begin(at: now)
        let version = try await store.version()
        _ = try await store.create(try override(), at: now)
        await expect(.outdated) {
            _ = try await store.apply(plan, of: record.id, SyncResult(.applied), basedOn: version, at: now)
        }
        #expect(try await versions(of: "a").isEmpty)
        let present = try await store.version()
        _ = try await store.apply(plan, of: record.id, SyncResult(.applied), basedOn: present, at: now)
        #expect(try await versions(of: "a").count == 1)
        await expect(.conflict) { _ = try await store.finish(record.id, SyncResult(.failed), at: now) }
    }

    func admitsOneSyncAtATime() async throws {
        let first = try await begin(at: now)
        let again = SyncRequest(
            cause: .scheduled,
            requestedBy: "b",
            instance: "b",
            url: "http://map",
            at: now,
            dueBefore: now.adding(.seconds(-60)),
            abandonedBefore: now.adding(.seconds(-900))
        )
        #expect(try await store.begin(again) == .running)
        var result = SyncResult(.notModified)
        result.etag = "\"x\""
        result.digest = "abc"
        let ended = try await store.finish(first.id, result, at: now)
        #expect(ended.finishedAt == now && ended.etag == "\"x\"")
        #expect(try await store.begin(again) == .notDue)
        #expect(try await store.lastGoodSync() == ended)
        // One that died is given up for dead, and may not end any more.
        let dead = try await begin(at: now)
        let next = try await begin(at: now.adding(.seconds(1_000)), by: "b")
        #expect(next.id > dead.id)
        await expect(.conflict) { _ = try await store.finish(dead.id, SyncResult(.unchanged), at: now) }
        _ = try await store.finish(next.id, SyncResult(.failed, detail: "gone"), at: now)
        // What a process left behind when it died is no hindrance to the next one of its name.
        let left = try await begin(at: now, by: "b")
        let restarted = try await begin(at: now, by: "b")
        await expect(.conflict) { _ = try await store.finish(left.id, SyncResult(.unchanged), at: now) }
        _ = try await store.finish(restarted.id, SyncResult(.failed), at: now)
        #expect(
            try await store.syncs(before: left.id, limit: 10).map(\.outcome) == [.failed, .abandoned, .notModified]
        )
        #expect(try await store.syncs(before: next.id, limit: 1).map(\.id) == [dead.id])
        #expect(try await store.lastGoodSync() == ended)
    }

    func remembersShippedMaps() async throws {
        #expect(try await !store.hasImported(digest: "d1"))
        let record = try await begin(.shipped, at: now)
        var result = SyncResult(.unchanged)
        result.digest = "d1"
        _ = try await store.finish(record.id, result, at: now)
        #expect(try await store.hasImported(digest: "d1"))
        #expect(try await !store.hasImported(digest: "d2"))
        #expect(try await store.lastGoodSync() == nil)
    }

    func keepsOverrides() async throws {
        let end = now.adding(.seconds(3_600))
        let first = try await store.create(try override(), at: now)
        #expect(first.author == "ann" && first.reason == "contract 7" && first.version.source == .override)
        #expect(first.entry.provider == "openai" && first.entry.validFrom == now && first.isOpen)
        // Another workspace's and another model's are no matter.
        _ = try await store.create(try override(workspace: "acme"), at: now)
        _ = try await store.create(try override("gpt-5"), at: now)
        // A later one ends the open one; one in the same time is refused.
        await expect(.conflict) { _ = try await store.create(try override("gpt-4o", "0.000003"), at: now) }
        let second = try await store.create(try override("gpt-4o", "0.000003", from: end), at: now)
        let versions = try await versions(of: "openai/gpt-4o").filter { $0.version.workspace == nil }
        #expect(versions.map(\.entry.validTo) == [end, nil])
        #expect(versions.map(\.closedBy) == ["ann", nil])
        await expect(.conflict) {
            _ = try await store.create(try override(from: now.adding(.seconds(-60)), to: end), at: now)
        }
        // One that has not begun is withdrawn and in nobody's way.
        let withdrawn = try await store.endOverride(second.version.id, by: "bob", at: now.adding(.seconds(5)))
        #expect(withdrawn.isWithdrawn && withdrawn.closedBy == "bob" && withdrawn.entry.validTo == nil)
        #expect(!withdrawn.holds(at: end.adding(.seconds(60))))
        let third = try await store.create(try override("gpt-4o", "0.000004", from: end), at: now)
        let stop = end.adding(.seconds(60))
        let ended = try await store.endOverride(third.version.id, by: "bob", at: stop)
        #expect(ended.entry.validTo == stop && !ended.isWithdrawn)
        let again = try await store.endOverride(third.version.id, by: "eve", at: stop.adding(.seconds(60)))
        #expect(again.entry.validTo == stop && again.closedBy == "bob")
        await expect(.notFound) { _ = try await store.endOverride(9_999, by: "bob", at: now) }
    }

    func revisesTheCatalogue() async throws {
        let next = now.adding(.seconds(86_400))
        let a = try entry("x/a", #"{"litellm_provider":"x","input_cost_per_token":1e-6}"#, to: next)
        let b = try entry("x/a", #"{"litellm_provider":"x","input_cost_per_token":2e-6}"#, from: next)
        let c = try entry("x/c", #"{"litellm_provider":"x","custom":{"minutes":"0.08"}}"#)
        #expect(try await store.replaceCatalogue([a, b, c], by: "models.yaml", at: now) == 3)
        let version = try await store.version()
        #expect(try await store.replaceCatalogue([c, b, a], by: "models.yaml", at: now) == 0)
        #expect(try await store.version() == version)
        let dearer = try entry("x/c", #"{"litellm_provider":"x","custom":{"minutes":"0.09"}}"#)
        #expect(try await store.replaceCatalogue([a, b, dearer], by: "models.yaml", at: now) == 2)
        let versions = try await versions(of: "x/c")
        #expect(versions.map(\.isWithdrawn) == [true, false])
        #expect(versions.allSatisfy { $0.version.source == .catalogue })
        await expect(.invalid) { try await store.replaceCatalogue([b, b, dearer, c], by: "models.yaml", at: now) }
        #expect(try await self.versions(of: "x/c").count == 2)
    }

    func keepsContents() async throws {
        try await store.keep([1: "{\"a\":1}", UInt64.max: "{}"])
        try await store.keep([1: "{\"other\":1}", 7: "{\"b\":2}"])
        try await store.keep([:])
        #expect(try await store.contents([1, 7, UInt64.max, 9]) == [1: "{\"a\":1}", 7: "{\"b\":2}", UInt64.max: "{}"])
    }
}
