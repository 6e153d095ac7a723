import FoundationEssentials
import TestSupport

/// A program that asks before each call and records it afterwards.
///
/// It is honest: what a call costs never passes its estimate. Whatever dies meanwhile, it tries again with the same keys and ids.
struct SpendingClient: Sendable {
    let name: String
    let preflights: HTTPClient
    let records: HTTPClient
    let key: String
    let journal: SpendingJournal
    /// How long a hold lives.
    let secondsToLive: Int

    /// Dollars per million tokens of the model that is called, in pico-dollars per token.
    private static let inputPrice: Int128 = 2_500_000
    private static let outputPrice: Int128 = 10_000_000

    /// Makes calls until a few in a row were refused, or so many were made.
    func run(calls: Int, seed: SeededGenerator) async throws {
        var random = seed
        var refusals = 0
        for number in 0..<calls where refusals < 3 {
            let input = Int.random(in: 100...2_000, using: &random)
            let output = Int.random(in: 100...3_000, using: &random)
            guard let allowance = try await ask("\(name)-\(number)", input: input, output: output, &random) else {
                refusals += 1
                continue
            }
            refusals = 0
            let most = allowance.caps?.maxOutputTokens ?? output
            guard most <= output else { throw UnexpectedAnswer(description: "a cap of \(most) above \(output)") }
            let roll = Int.random(in: 0..<20, using: &random)
            if roll == 0 { continue }  // It dies before it has recorded anything: the hold must expire.
            if roll == 1 {
                try await release(allowance.holdId, &random)
                continue
            }
            let used = roll == 2 ? most : Int.random(in: 1...most, using: &random)
            try await record("\(name)-\(number)", allowance.holdId, input: input, output: used, &random)
        }
    }

    private func members(output: Int, input: Int) -> String {
        #""provider":"openai","model":"gpt-4o","team":"red","project":"p","user":"\#(name.prefix(2))","#
            + #""tags":{"feature":"chat"}"#
    }

    private func ask(
        _ id: String,
        input: Int,
        output: Int,
        _ random: inout SeededGenerator
    ) async throws -> AllowanceAnswer? {
        let body = """
            {\(members(output: output, input: input)),"ttl_seconds":\(secondsToLive),
            "estimate":{"usage":{"input_tokens":\(input),"output_tokens":\(output)}}}
            """
        var request = HTTPRequest.post("/v1/preflight", key: key, Array(body.utf8))
        request.headers["Idempotency-Key"] = id
        let answer = try await insist(request, over: preflights, &random)
        switch answer.status {
        case 200:
            let allowance: AllowanceAnswer = try answer.decoded()
            guard allowance.failMode == nil else { throw UnexpectedAnswer(description: "not closed: \(answer)") }
            return allowance
        case 402:
            let refusal: RefusalAnswer = try answer.decoded()
            guard !refusal.budgets.isEmpty else { throw UnexpectedAnswer(description: "no budget: \(answer)") }
            await journal.refused()
            return nil
        default: throw UnexpectedAnswer(description: "preflight: \(answer)")
        }
    }

    private func release(_ hold: String?, _ random: inout SeededGenerator) async throws {
        let path = "/v1/holds/\(hold ?? "")/release"
        let answer = try await insist(.post(path, key: key, []), over: preflights, &random)
        // The answer to a release may be lost: then it has ended already.
        guard answer.status == 200 || answer.status == 410 else {
            throw UnexpectedAnswer(description: "release: \(answer)")
        }
    }

    private func record(
        _ id: String,
        _ hold: String?,
        input: Int,
        output: Int,
        _ random: inout SeededGenerator
    ) async throws {
        let body = """
            {"event_id":"\(id)",\(members(output: output, input: input)),"hold_id":"\(hold ?? "")",
            "usage":{"input_tokens":\(input),"output_tokens":\(output)}}
            """
        let start = ContinuousClock.now
        let answer = try await insist(.record(body, key: key), over: records, &random)
        let item = try answer.expecting(202, RecordAnswer.self).items.first
        guard item?.status == "accepted" || item?.status == "duplicate" else {
            throw UnexpectedAnswer(description: "record: \(answer)")
        }
        let isLate = ContinuousClock.now - start > .seconds(secondsToLive - 5)
        let cost = Int128(input) * Self.inputPrice + Int128(output) * Self.outputPrice
        await journal.spent(id, cost, isLate: isLate)
    }

    /// Sends until there is an answer other than `come again`.
    private func insist(
        _ request: HTTPRequest,
        over client: HTTPClient,
        _ random: inout SeededGenerator
    ) async throws -> HTTPAnswer {
        let deadline = ContinuousClock.now + .seconds(120)
        var last = ""
        while ContinuousClock.now < deadline {
            do {
                let answer = try await client.send(request)
                if answer.status != 503 { return answer }
                last = "\(answer)"
            } catch {
                last = "\(error)"
            }
            try await Task.sleep(for: .milliseconds(Int.random(in: 20...200, using: &random)))
        }
        throw TookTooLong(description: "\(request.path): \(last)")
    }
}

/// What clients know to have been spent.
actor SpendingJournal {
    private(set) var costs: [String: Int128] = [:]
    private(set) var refusals = 0
    /// Events whose recording took longer than their hold may live.
    private(set) var late = 0

    func spent(_ id: String, _ cost: Int128, isLate: Bool) {
        costs[id] = cost
        if isLate { late += 1 }
    }

    func refused() { refusals += 1 }
}

/// A 200 of `POST /v1/preflight`.
struct AllowanceAnswer: Decodable {
    struct Caps: Decodable {
        var maxOutputTokens: Int
    }

    struct Budget: Decodable {
        var id: String
        var limitUsd: String
        var spentUsd: String
        var heldUsd: String
        var remainingUsd: String
    }

    var decision: String
    var holdId: String?
    var caps: Caps?
    var estimatedCostUsd: String?
    var failMode: String?
    var budgets: [Budget]
}

/// A 402 of `POST /v1/preflight`.
struct RefusalAnswer: Decodable {
    struct Budget: Decodable {
        var id: String
        var periodEnd: String?
    }

    var type: String
    var budgets: [Budget]
    var retryAfter: Int?
}

/// What `oliver holds list --json` prints.
struct HoldsAnswer: Decodable {
    struct Item: Decodable {
        var id: String
        var workspace: String
        var amountUsd: String
        var state: String
        var counters: [String]
    }

    var items: [Item]
    var more: Bool
}
