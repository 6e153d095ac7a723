@testable import Budgets
import Domain
import HTTPTypes
import ServiceRuntime
import Testing

/// Bad questions, and many at once.
extension `preflights` {
    @Test func `what is wrong with a question is said field by field`() async throws {
        try await withPreflight { rig, _ in
            let cases: [(String, String)] = [
                (Self.usd("-1"), "cost_usd"), (Self.usd("x"), "cost_usd"), ("{\(Self.call)}", "estimate"),
                (Self.body("5"), "estimate"), (Self.usd("1", ",\"ttl_seconds\":0"), "ttl_seconds"),
                (Self.usd("1", ",\"hold\":\"yes\""), "hold"), (Self.usd("1", ",\"dry_run\":1"), "dry_run"),
                (Self.body(#"{"usage":{"input_tokens":-4}}"#), "usage.input_tokens"),
                (#"{"model":"m","estimate":{"cost_usd":"1"}}"#, "provider"),
            ]
            for (body, field) in cases {
                let problem = try await rig.ask(body, expecting: .unprocessableContent)
                let names = (problem["invalid_parameters"]?.items ?? []).map { $0["name"]?.text }
                #expect(names == [field], "\(body)")
            }
            _ = try await rig.ask("[]", expecting: .badRequest)
            _ = try await rig.ask("{", expecting: .badRequest)
            _ = try await rig.ask(Self.usd("1"), as: "recorder", expecting: .forbidden)
            _ = try await rig.ask(Self.usd("1"), as: "nobody", expecting: .unauthorized)
            _ = try await rig.ask(Self.usd("1"), as: "any", expecting: .unprocessableContent)
            _ = try await rig.ask(Self.usd("1", ",\"workspace\":\"globex\""), expecting: .forbidden)
            _ = try await rig.ask(
                Self.usd("1", ",\"workspace\":\"nowhere\""),
                as: "any",
                expecting: .unprocessableContent
            )
            _ = try await rig.ask(
                Self.usd("1"),
                idempotency: String(repeating: "k", count: 256),
                expecting: .unprocessableContent
            )
        }
    }

    @Test func `of many that ask at once no more are allowed than fit`() async throws {
        try await withPreflight { rig, _ in
            try await rig.budget(.team, "red", usd: "1")
            try await rig.budget(.model, "sonnet", usd: "0.5")
            try await rig.budget(.tag, "feature=chat", usd: "3")
            let body = Self.usd("0.01")
            let allowed = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<200 {
                    group.addTask {
                        let reply = try await rig.front.send(
                            .post,
                            "/v1/preflight",
                            headers: rig.headers,
                            body: body
                        )
                        return reply.status == .ok
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(allowed == 50)
            let last = try await rig.ask(body, expecting: .paymentRequired)
            #expect(last["budgets"]?.items.map { $0["held_usd"]?.text } == ["0.500000000000"])
        }
    }

    @Test func `a budget that is made while calls are under way has room for them`() async throws {
        try await withPreflight { rig, _ in
            for _ in 0..<3 { _ = try await rig.ask(Self.usd("1")) }
            // Making a budget is making its counter. Holds are made by Redis' clock, which is not the test's: all in one period.
            try await rig.budget(.team, "red", usd: "5", period: .total)
            let answer = try await rig.ask(Self.usd("2"))
            #expect(answer["budgets"]?.items.map { $0["held_usd"]?.text } == ["5.000000000000"])
            _ = try await rig.ask(Self.usd("0.000000000001"), expecting: .paymentRequired)
        }
    }
}
