import Domain
@testable import Redis
import Streams
import TestSupport
import Testing

/// One counter that cannot be judged lifts no limit of the others.
@Suite(.timeLimit(.minutes(1)))
struct `a limit that is reached` {
    private static let dollar: Int128 = 1_000_000_000_000

    private func set(_ rig: HoldRig, _ name: String, _ field: String, _ value: String) async throws {
        try await rig.pool.send(RedisCommand("HSET", StreamKeys.counter(name, rig.partition), field, value))
    }

    private func isDenied(
        _ rig: HoldRig,
        _ limits: KeyValuePairs<String, Int128?>,
        _ amount: Int128
    ) async throws -> Bool {
        if case .denied = try await rig.ask(limits, amount: amount) { true } else { false }
    }

    @Test(arguments: ["micro", "hm"], ["9007199254740992", "9999999999900000", "9199999999999999999"])
    func `refuses whatever is beyond what can be told apart`(_ field: String, _ sum: String) async throws {
        try await withHolds { rig in
            try await rig.makeReady(["a"])
            try await set(rig, "a", field, sum)
            #expect(try await isDenied(rig, ["a": 1_000_000_000 * Self.dollar], 1))
        }
    }

    @Test func `refuses beside a counter without a limit that holds all it can`() async throws {
        try await withHolds { rig in
            try await rig.makeReady(["notify", "block"])
            try await set(rig, "notify", "hm", "9007199254739990")
            let limits: KeyValuePairs<String, Int128?> = ["notify": nil, "block": 2 * Self.dollar]
            let first = try await rig.hold(limits, amount: Self.dollar)
            let second = try await rig.hold(limits, amount: Self.dollar)
            #expect(try await isDenied(rig, limits, Self.dollar))
            // The one without a limit is left as it is, now and when the holds end.
            #expect(try await rig.held(["notify", "block"]) == [9_007_199_254_739_990_000_000, 2 * Self.dollar])
            for id in [first, second] { _ = try await rig.holds.release(id, of: "w") }
            #expect(try await rig.held(["notify", "block"]) == [9_007_199_254_739_990_000_000, 0])
        }
    }

    @Test(arguments: ["much", "nan", "1e3", "99999999999999999999"])
    func `refuses beside one whose fields are no numbers`(_ field: String) async throws {
        try await withHolds { rig in
            try await rig.makeReady(["notify", "block", "other"])
            try await set(rig, "notify", "hm", field)
            let limits: KeyValuePairs<String, Int128?> = ["notify": nil, "block": Self.dollar]
            _ = try await rig.hold(limits, amount: Self.dollar)
            #expect(try await isDenied(rig, limits, 1))
            try await set(rig, "other", "micro", field)
            #expect(try await isDenied(rig, ["other": Self.dollar, "block": Self.dollar], 1))
            // Nobody can say whether this one has room.
            await #expect(throws: RedisError.self) { try await rig.ask(["other": Self.dollar], amount: 1) }
        }
    }

    @Test func `refuses beside one that is not ready`() async throws {
        try await withHolds { rig in
            try await rig.makeReady(["full"], spent: Self.dollar)
            #expect(try await isDenied(rig, ["new": Self.dollar, "full": Self.dollar], 1))
            guard case .notReady = try await rig.ask(["new": Self.dollar, "full": 2 * Self.dollar], amount: 1) else {
                Issue.record("a counter that is not there was taken for one with room")
                return
            }
        }
    }
}
