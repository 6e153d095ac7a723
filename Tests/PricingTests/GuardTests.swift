import Domain
import PriceBook
import TestSupport
import Testing

import PriceDesk
@testable import Pricing

@Suite struct GuardTests {
    func stored(_ map: PriceMap) -> [String: StoredPrice] {
        let prices = map.entries.map { entry in
            StoredPrice(
                version: PriceVersion(source: .litellm, entry: entry, recordedAt: Timestamp(seconds: 0)),
                contentVersion: entry.contentVersion(source: .litellm)
            )
        }
        return Dictionary(prices.map { ($0.entry.key, $0) }) { first, _ in first }
    }

    /// What the guards make of a change to the first model.
    func plan(used: Bool = false, _ change: (inout SampleMap) -> Void) throws -> SyncPlan {
        let old = SampleMap()
        var new = old
        change(&new)
        let known = SyncGuards.Known(current: stored(try old.parsed()), used: used ? ["model-0"] : [])
        return try self.plan(try new.parsed(), known)
    }

    func plan(_ map: PriceMap, _ known: SyncGuards.Known) throws -> SyncPlan {
        guard case .plan(let plan) = SyncGuards.verdict(on: map, known) else {
            throw PriceStoreError(.invalid, "refused")
        }
        return plan
    }

    func guards(used: Bool = false, _ field: String, _ value: String?) throws -> [String] {
        let plan = try plan(used: used) { $0[0, field] = value }
        return plan.proposals.first?.findings.guards ?? []
    }

    @Test func `jumps are judged by their size and by use`() throws {
        // The model's input rate is 0.00000100, its output rate 0.00001100.
        #expect(try guards("output_cost_per_token", "0.0000164").isEmpty)
        #expect(try guards("output_cost_per_token", "0.0001099").isEmpty)
        #expect(try guards("output_cost_per_token", "0.00011") == ["tenfold"])
        #expect(try guards("output_cost_per_token", "0.0000011") == ["tenfold"])
        #expect(try guards("output_cost_per_token", "0.0000011001").isEmpty)
        #expect(try guards(used: true, "output_cost_per_token", "0.0000165").isEmpty)
        #expect(try guards(used: true, "output_cost_per_token", "0.00001651") == ["used_model_jump"])
        #expect(try guards(used: true, "output_cost_per_token", "0.0000055").isEmpty)
        #expect(try guards(used: true, "output_cost_per_token", "0.00000549") == ["used_model_jump"])
        #expect(try guards(used: true, "output_cost_per_token", "0.00011") == ["tenfold"])
        #expect(try guards("output_cost_per_token", "0") == ["through_zero"])
    }

    @Test func `new rates on a known model are judged by what calls would cost`() throws {
        let tier = "[{\"range\": [0, 10000000], \"input_cost_per_token\": 0, \"output_cost_per_token\": 0}]"
        #expect(try guards("tiered_pricing", tier) == ["through_zero"])
        #expect(try guards("input_cost_per_token_above_1k_tokens", "5e-4") == ["tenfold"])
        #expect(try guards("input_cost_per_request", "50") == ["tenfold"])
        let allDay =
            "{\"hours_utc\": \"00:00-00:00\", \"input_cost_per_token\": 0, \"output_cost_per_token\": 0}"
        #expect(try guards("off_peak_pricing", allDay) == ["through_zero"])
        #expect(try guards(used: true, "litellm_provider", "\"other\"") == ["used_model_vanished"])
        #expect(try guards(used: true, "cache_creation_input_token_cost", "0.00000125").isEmpty)
    }

    @Test func `a new name that a used model's calls would lead to is judged by that model`() throws {
        let plan = try plan(used: true) { map in
            map.models["acme/model-0"] = [
                "litellm_provider": "\"acme\"", "input_cost_per_token": "1e-9", "output_cost_per_token": "1e-9",
            ]
            map.models["acme/model-1"] = ["litellm_provider": "\"acme\"", "input_cost_per_token": "1e-9"]
        }
        #expect(plan.proposals.map(\.key) == ["acme/model-0"])
        #expect(plan.opened.map(\.key) == ["acme/model-1"])
    }

    @Test func `a name that nobody can store is left out, and the rest goes in`() throws {
        let plan = try plan { map in
            map.models["a\\u0000b"] = ["litellm_provider": "\"acme\"", "input_cost_per_token": "1e-9"]
            map.models[String(repeating: "x", count: 10_000)] = ["litellm_provider": "\"acme\""]
            map.models["fine"] = ["litellm_provider": "\"acme\"", "input_cost_per_token": "1e-9"]
        }
        #expect(plan.opened.map(\.key) == ["fine"])
    }

    @Test func `a rate that is gone matters when the model is used`() throws {
        #expect(try guards("output_cost_per_token", nil).isEmpty)
        #expect(try guards(used: true, "output_cost_per_token", nil) == ["used_rate_vanished"])
        #expect(try guards(used: true, "mode", nil).isEmpty)
    }

    @Test func `units and relations are checked for plausibility`() throws {
        #expect(try guards("input_cost_per_audio_token", "0.0011") == ["implausible_unit"])
        #expect(try guards("input_cost_per_audio_token", "0.001").isEmpty)
        // Not for one token, whatever the name of its threshold says.
        #expect(try guards("input_cost_per_image_above_128k_tokens", "0.5").isEmpty)
        #expect(try guards("cache_read_input_token_cost_priority", "0.00000101") == ["cache_read_above_input"])
        #expect(try guards("cache_read_input_token_cost", "0.0000009").isEmpty)
        #expect(try guards("output_cost_per_token_batches", "0.0000111") == ["batch_above_standard"])
        #expect(try guards("output_cost_per_token_batches", "0.000011").isEmpty)
    }

    @Test func `what was odd before is no news, and new models are judged too`() throws {
        var old = SampleMap()
        old[0, "input_cost_per_audio_token"] = "0.5"
        var new = old
        new[0, "output_cost_per_token"] = "0.000012"
        new.models["new"] = ["litellm_provider": "\"x\"", "input_cost_per_token": "0.01"]
        new.models["fine"] = ["litellm_provider": "\"x\"", "input_cost_per_token": "0.00001"]
        let known = SyncGuards.Known(current: stored(try old.parsed()))
        let plan = try plan(try new.parsed(), known)
        #expect(plan.changed.map(\.key) == ["model-0"])
        #expect(plan.opened.map(\.key) == ["fine"])
        #expect(plan.proposals.map(\.key) == ["new"])
        #expect(plan.unchanged == 199)
    }

    @Test func `two percent may vanish and no more`() throws {
        let known = SyncGuards.Known(current: stored(try SampleMap().parsed()))
        var map = SampleMap()
        for index in 0..<4 { map.models["model-\(index)"] = nil }
        #expect(try plan(try map.parsed(), known).closed.count == 4)
        map.models["model-4"] = nil
        let verdict = SyncGuards.verdict(on: try map.parsed(), known)
        guard case .refused("5 of 200 models are missing, more than 2 %.") = verdict else {
            Issue.record("\(verdict)")
            return
        }
    }

    @Test func `the shipped map is the baseline and its oddities are warnings`() throws {
        let map = try PriceMap(litellm: try PriceBook.mapBytes(path: nil))
        let plan = try plan(map, SyncGuards.Known(current: [:]))
        #expect(plan.isBaseline && plan.opened.count == map.entries.count && plan.proposals.isEmpty)
        let kinds = Dictionary(grouping: plan.warnings, by: \.kind).mapValues { Set($0.map(\.key)) }
        #expect(kinds[.implausibleUnit]?.contains("azure_ai/jais-30b-chat") == true)
        #expect(kinds[.implausibleUnit]?.contains("watsonx/core42/jais-13b-chat") == true)
        #expect((kinds[.cacheReadAboveInput]?.count ?? 0) >= 3)
        #expect((kinds[.cacheWriteBelowInput]?.count ?? 0) >= 40)
        // Read again it is no news at all.
        let again = try self.plan(map, SyncGuards.Known(current: stored(map)))
        #expect(again.isEmpty && again.unchanged == map.entries.count)
    }

    @Test func `rates of several units and absurd sizes are compared without overflow`() throws {
        let hourly = try #require(Rate(text: "0.22/3600".utf8))
        let absurd = Rate(value: .max, per: 1_000_000_000)
        #expect(absurd.exceeds(hourly) && !hourly.exceeds(absurd))
        #expect(absurd.isAtLeast(10, times: hourly))
        #expect(!hourly.exceeds(hourly) && hourly.isAtLeast(1, times: hourly))
    }
}
