import BudgetBook
@testable import Budgets
import Directory
import Domain
import HTTPTypes
import LocalServers
import PriceDesk
import Redis
import ServiceRuntime
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)))
struct `preflights` {
    static let call = #""provider":"anthropic","model":"sonnet","team":"red","tags":{"feature":"chat"}"#

    static func body(_ estimate: String, _ more: String = "") -> String {
        "{\(call),\"estimate\":\(estimate)\(more)}"
    }

    static func usd(_ amount: String, _ more: String = "") -> String {
        body("{\"cost_usd\":\"\(amount)\"}", more)
    }

    static func tokens(_ input: Int, _ output: Int?) -> String {
        body("{\"usage\":{\"input_tokens\":\(input)\(output.map { ",\"output_tokens\":\($0)" } ?? "")}}")
    }

    @Test func `an allowed call is held in each of its budgets`() async throws {
        try await withPreflight { rig, _ in
            try await rig.budget(.workspace, "acme", usd: "100", spent: "61.2")
            try await rig.budget(.team, "red", usd: "10", action: .notify)
            try await rig.budget(.team, "blue", usd: "0.01")
            let answer = try await rig.ask(Self.usd("0.05"))
            #expect(answer["decision"]?.text == "allow")
            #expect(answer["estimated_cost_usd"]?.text == "0.050000000000")
            #expect(answer["hold_id"]?.text.flatMap { HoldID($0) }?.partition == rig.partition)
            #expect(answer["expires_at"]?.text.flatMap { Timestamp(rfc3339: $0) } != nil)
            let budgets = answer["budgets"]?.items ?? []
            #expect(budgets.map { $0["held_usd"]?.text } == ["0.050000000000", "0.050000000000"])
            let first = try #require(budgets.first)
            #expect(first["spent_usd"]?.text == "61.200000000000")
            #expect(first["remaining_usd"]?.text == "38.750000000000")
            #expect(first["period_end"]?.text == "2026-12-01T00:00:00Z")
            #expect(first["scope"]?["type"]?.text == "workspace")
        }
    }

    @Test func `a call that does not fit is refused with the budget and the time to wait`() async throws {
        try await withPreflight { rig, _ in
            try await rig.budget(.workspace, "acme", usd: "100")
            try await rig.budget(.team, "red", usd: "1", period: .day, spent: "0.99")
            let problem = try await rig.ask(Self.usd("0.02"), expecting: .paymentRequired)
            #expect(problem["type"]?.text == "urn:oliver:problem:budget-exceeded")
            #expect(problem["budgets"]?.items.map { $0["name"]?.text } == ["team red"])
            // It is ten o'clock: the day lasts fourteen hours more.
            #expect(problem["retry_after"] == .number("50400"))
            _ = try await rig.ask(Self.usd("0.01"))
            #expect(try await rig.ask(Self.usd("0.01"), expecting: .paymentRequired)["retry_after"] == .number("50400"))
        }
    }

    @Test func `a hold in the way shortens the time to wait`() async throws {
        try await withPreflight { rig, _ in
            // Redis' clock is not the test's: so a period that never ends, and only that there is a time to come back.
            try await rig.budget(.team, "red", usd: "1", period: .total)
            _ = try await rig.ask(Self.usd("0.6", ",\"ttl_seconds\":30"))
            #expect(try await rig.ask(Self.usd("0.6"), expecting: .paymentRequired)["retry_after"] != nil)
        }
    }

    @Test func `a total budget that is spent names no time to come back`() async throws {
        try await withPreflight { rig, _ in
            try await rig.budget(.team, "red", usd: "1", period: .total, spent: "1")
            #expect(try await rig.ask(Self.usd("0.1"), expecting: .paymentRequired)["retry_after"] == nil)
        }
    }

    @Test func `a call that is too long is allowed with the most tokens that fit`() async throws {
        try await withPreflight { rig, _ in
            try await rig.budget(.team, "red", usd: "0.01")
            let answer = try await rig.ask(Self.tokens(1_000, 2_000))
            // 0.003 for the input; 0.007 buy 466 tokens at 0.000015.
            #expect(answer["decision"]?.text == "allow_with_caps")
            #expect(answer["caps"]?["max_output_tokens"] == .number("466"))
            #expect(answer["estimated_cost_usd"]?.text == "0.009990000000")
            #expect(answer["budgets"]?.items.first?["held_usd"]?.text == "0.009990000000")
            // Nothing that is left buys even one token.
            _ = try await rig.ask(Self.tokens(1_000, 2_000), expecting: .paymentRequired)
        }
    }

    @Test func `a question without a hold changes nothing`() async throws {
        try await withPreflight { rig, _ in
            try await rig.budget(.team, "red", usd: "1")
            for more in [",\"dry_run\":true", ",\"hold\":false"] {
                let answer = try await rig.ask(Self.usd("0.7", more), idempotency: "k")
                #expect(answer["decision"]?.text == "allow" && answer["hold_id"] == nil)
            }
            let answer = try await rig.ask(Self.usd("0.7"))
            #expect(answer["budgets"]?.items.first?["held_usd"]?.text == "0.700000000000")
        }
    }

    @Test func `the same request gets the same hold, for its own key only`() async throws {
        try await withPreflight { rig, _ in
            try await rig.budget(.team, "red", usd: "0.01501")
            let first = try await rig.ask(Self.tokens(1_000, 2_000), idempotency: "k")
            let again = try await rig.ask(Self.tokens(1_000, 2_000), idempotency: "k")
            #expect(first["hold_id"] != nil && again["hold_id"] == first["hold_id"])
            #expect(again["caps"] == first["caps"] && again["estimated_cost_usd"] == first["estimated_cost_usd"])
            let problem = try await rig.ask(Self.usd("0.000001"), idempotency: "k", expecting: .conflict)
            #expect(problem["type"]?.text == "urn:oliver:problem:conflict")
            let other = try await rig.ask(Self.usd("0.000001"), as: "other", idempotency: "k")
            #expect(other["hold_id"] != first["hold_id"])
            _ = try await rig.send("/v1/holds/\(first["hold_id"]?.text ?? "")/release")
            #expect(try await rig.ask(Self.usd("0.000001"), idempotency: "k")["hold_id"] != first["hold_id"])
        }
    }

    @Test func `output that the client does not know is what calls of the model had lately`() async throws {
        try await withPreflight { rig, _ in
            let byDefault = try await rig.ask(Self.tokens(1_000, nil))
            #expect(byDefault["estimate"]?["source"]?.text == "default_output")
            #expect(byDefault["estimate"]?["output_tokens"] == .number("1000"))
            rig.clock.advance(by: .seconds(601))
            rig.observed.tokens.withLock { $0 = 200 }
            for _ in 0..<3 {
                let answer = try await rig.ask(Self.tokens(1_000, nil))
                #expect(answer["estimate"]?["source"]?.text == "observed_p95_output")
                #expect(answer["estimated_cost_usd"]?.text == "0.006000000000")
            }
            #expect(rig.observed.questions.withLock { $0 } == 2)
        }
    }

    @Test func `a model without a price is refused, allowed or estimated as the workspace says`() async throws {
        let body = #"{"provider":"acme","model":"new","estimate":{"usage":{"input_tokens":5}}}"#
        for mode in UnpricedMode.allCases {
            try await withPreflight(unpricedMode: mode) { rig, _ in
                #expect(try await rig.ask(body)["estimated_cost_usd"] == nil)
                try await rig.budget(.workspace, "acme", usd: "1")
                if mode == .allow {
                    let answer = try await rig.ask(body)
                    #expect(answer["estimate"]?["status"]?.text == "unpriced")
                    #expect(answer["budgets"]?.items.first?["held_usd"]?.text == "0.000000000000")
                    return
                }
                let problem = try await rig.ask(body, expecting: .paymentRequired)
                #expect(problem["type"]?.text == "urn:oliver:problem:unpriced-model")
                guard mode == .estimate else { return }
                rig.observed.cost.withLock { $0 = Money(usd: "0.25") }
                rig.clock.advance(by: .seconds(601))
                let answer = try await rig.ask(body)
                #expect(answer["estimate"]?["source"]?.text == "observed_p95_cost")
                #expect(answer["estimated_cost_usd"]?.text == "0.250000000000")
            }
        }
    }

    @Test func `the price of a moment ago is estimated by`() async throws {
        try await withPreflight { rig, _ in
            #expect(try await rig.ask(Self.tokens(1_000, 0))["estimated_cost_usd"]?.text == "0.003000000000")
            let newer = try PreflightRig.price("sonnet", input: "0.000004", output: "0.000015")
            rig.book.replace(with: [newer], version: 2)
            #expect(try await rig.ask(Self.tokens(1_000, 0))["estimated_cost_usd"]?.text == "0.004000000000")
        }
    }

    @Test func `a new budget holds from the moment that redis knows of it`() async throws {
        try await withPreflight { rig, _ in
            _ = try await rig.ask(Self.usd("5"))
            // Another replica makes a budget and tells Redis; this one has not heard of it.
            let budget = try await rig.budgets.create(
                .init(
                    workspace: "acme",
                    scope: Scope(type: .team, id: "red"),
                    period: .day,
                    name: "new",
                    limit: try #require(MoneySum(usd: "1")),
                    action: .block,
                    author: "x"
                ),
                at: rig.clock.now
            )
            try await RedisCounters(pool: rig.pool).publishBudgets(version: budget.version, in: [rig.partition])
            _ = try await rig.ask(Self.usd("5"), expecting: .paymentRequired)
        }
    }

    @Test func `a counter is made on demand; until it is there the fail mode answers`() async throws {
        try await withPreflight { rig, _ in
            try await rig.budget(.user, "*", usd: "1", spent: nil)
            let body = #"{"provider":"p","model":"m","user":"ann","estimate":{"cost_usd":"0.5"}}"#
            rig.keeper.works.withLock { $0 = false }
            let problem = try await rig.ask(body, expecting: .serviceUnavailable)
            #expect(problem["type"]?.text == "urn:oliver:problem:budget-unavailable")
            #expect(problem["fail_mode"]?.text == "closed")
            rig.keeper.works.withLock { $0 = true }
            let answer = try await rig.ask(body)
            #expect(answer["budgets"]?.items.first?["scope"]?["id"]?.text == "ann")
            _ = try await rig.ask(body)
            _ = try await rig.ask(body, expecting: .paymentRequired)
        }
    }

    @Test func `a counter that cannot be made lifts no limit but its own`() async throws {
        for mode in FailMode.allCases {
            try await withPreflight(failMode: mode) { rig, _ in
                try await rig.budget(.workspace, "acme", usd: "10")
                try await rig.budget(.user, "*", usd: "1", spent: nil)
                rig.keeper.works.withLock { $0 = false }
                func body(_ usd: String) -> String {
                    #"{"provider":"p","model":"m","user":"new","estimate":{"cost_usd":"\#(usd)"}}"#
                }
                // The workspace's budget has no room for it, whatever the user's would say.
                _ = try await rig.ask(body("11"), expecting: .paymentRequired)
                guard mode == .open else {
                    _ = try await rig.ask(body("6"), expecting: .serviceUnavailable)
                    return
                }
                let answer = try await rig.ask(body("6"))
                #expect(answer["fail_mode"]?.text == "open" && answer["hold_id"]?.text != nil)
                #expect(answer["budgets"]?.items.map { $0["held_usd"]?.text } == ["6.000000000000"])
                _ = try await rig.ask(body("6"), expecting: .paymentRequired)
            }
        }
    }

    @Test func `without redis a workspace fails open or closed, and says so`() async throws {
        for mode in FailMode.allCases {
            try await withPreflight(failMode: mode) { rig, redis in
                try await rig.budget(.team, "red", usd: "1")
                await redis.kill9()
                let unbudgeted = #"{"provider":"p","model":"m","team":"blue","estimate":{"cost_usd":"5"}}"#
                let free = try await rig.ask(unbudgeted)
                #expect(free["decision"]?.text == "allow" && free["fail_mode"] == nil && free["hold_id"] == nil)
                guard mode == .open else {
                    let problem = try await rig.ask(Self.usd("5"), expecting: .serviceUnavailable)
                    #expect(problem["fail_mode"]?.text == "closed" && problem["retry_after"] != nil)
                    return
                }
                let answer = try await rig.ask(Self.usd("5"))
                #expect(answer["decision"]?.text == "allow" && answer["fail_mode"]?.text == "open")
                #expect(answer["hold_id"] == nil)
            }
        }
    }

    @Test func `holds are extended and released by their own workspace, once`() async throws {
        try await withPreflight { rig, _ in
            let hold = try await rig.ask(Self.usd("0.5"))["hold_id"]?.text ?? ""
            _ = try await rig.send(
                "/v1/holds/\(hold)/extend",
                #"{"ttl_seconds":60}"#,
                as: "globex",
                expecting: .notFound
            )
            _ = try await rig.send("/v1/holds/\(hold)/release", as: "recorder", expecting: .forbidden)
            let extended = try await rig.send("/v1/holds/\(hold)/extend", #"{"ttl_seconds":3600}"#)
            #expect(extended["expires_at"]?.text != nil)
            for seconds in ["0", "86401", "1.5", "\"60\"", "-1"] {
                let body = "{\"ttl_seconds\":\(seconds)}"
                _ = try await rig.send("/v1/holds/\(hold)/extend", body, expecting: .unprocessableContent)
            }
            _ = try await rig.send("/v1/holds/\(hold)/release", as: "any")
            for path in ["release", "extend"] {
                _ = try await rig.send("/v1/holds/\(hold)/\(path)", expecting: .gone)
                _ = try await rig.send(
                    "/v1/holds/hold_p9999_\(String(repeating: "0", count: 32))/\(path)",
                    expecting: .notFound
                )
                _ = try await rig.send("/v1/holds/nonsense/\(path)", expecting: .notFound)
            }
        }
    }
}
