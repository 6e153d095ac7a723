internal import Domain
internal import FoundationEssentials

/// What the probe asks Oliver.
package protocol ProbeTarget: Sendable {
    /// Sends a request with the probe's key, a body for POST; `nil` body for GET.
    func send(_ path: String, _ body: [UInt8]?) async throws -> (status: Int, body: [UInt8])
}

/// An answer that is not what is right.
struct ProbeMismatch: Error, CustomStringConvertible {
    let description: String
}

/// One round of the probe: record, price, keep, read back, hold, release.
///
/// What the event must cost is asked beforehand (`/v1/estimate`); what reports say of it must be just that.
struct ProbeRound: Sendable {
    let target: any ProbeTarget
    let id: String
    /// How long the event may take until reports have it.
    let patience: Duration
    let clock: any Clock<Duration>

    private static let usage = #""provider":"openai","model":"gpt-4o-mini","usage":{"input_tokens":1}"#

    private struct Estimates: Decodable {
        struct Item: Decodable { var cost_usd: String? }
        var items: [Item]
    }

    private struct Recorded: Decodable { var accepted: Int }

    private struct Page: Decodable {
        struct Item: Decodable {
            var event_id: String
            var cost_usd: String?
        }
        var items: [Item]
    }

    private struct Preflight: Decodable {
        var decision: String
        var hold_id: String?
    }

    /// Does the round.
    ///
    /// - Returns: How long it took until reports had the event.
    /// - Throws: ``ProbeMismatch``; what the target throws.
    func run(at now: Timestamp) async throws -> Duration {
        let estimates: Estimates = try await ask("/v1/estimate", #"{"items":[{\#(Self.usage)}]}"#, expecting: 200)
        guard let cost = estimates.items.first?.cost_usd else {
            throw ProbeMismatch(description: "the probe's model has no price")
        }
        let recorded: Recorded = try await ask(
            "/v1/record",
            #"{"event_id":"\#(id)",\#(Self.usage)}"#,
            expecting: 202
        )
        guard recorded.accepted == 1 else { throw ProbeMismatch(description: "a new event was not accepted") }
        let delay = try await readBack(cost: cost, from: now.adding(.seconds(-60)))
        try await hold()
        return delay
    }

    private func readBack(cost: String, from: Timestamp) async throws -> Duration {
        let path = "/v1/usage?limit=100&from=\(from.rfc3339)"
        var waited = Duration.zero
        let pause = Duration.milliseconds(200)
        while true {
            let page: Page = try await ask(path, nil, expecting: 200)
            if let item = page.items.first(where: { $0.event_id == id }) {
                guard item.cost_usd == cost else {
                    throw ProbeMismatch(description: "costs \(item.cost_usd ?? "nothing known") instead of \(cost)")
                }
                return waited
            }
            guard waited < patience else {
                throw ProbeMismatch(description: "an accepted event is in no report after \(patience)")
            }
            try await clock.sleep(for: pause)
            waited += pause
        }
    }

    private func hold() async throws {
        let answer: Preflight = try await ask(
            "/v1/preflight",
            #"{"provider":"openai","model":"gpt-4o-mini","estimate":{"cost_usd":"0.01"},"ttl_seconds":60}"#,
            expecting: 200
        )
        guard answer.decision == "allow" else {
            throw ProbeMismatch(description: "a preflight is answered \(answer.decision)")
        }
        guard let hold = answer.hold_id else { return }
        let (status, _) = try await target.send("/v1/holds/\(hold)/release", [])
        guard (200..<300).contains(status) else {
            throw ProbeMismatch(description: "a hold cannot be released: \(status)")
        }
    }

    private func ask<Answer: Decodable>(_ path: String, _ body: String?, expecting status: Int) async throws -> Answer {
        let answer = try await target.send(path, body.map { Array($0.utf8) })
        guard answer.status == status else {
            throw ProbeMismatch(description: "\(path.prefix { $0 != "?" }) answers \(answer.status)")
        }
        return try JSONDecoder().decode(Answer.self, from: Data(answer.body))
    }
}
