internal import Domain

/// A cost as arithmetic that a person can check.
struct ExplanationAnswer: Decodable, Sendable {
    let status: String
    let costUSD: String?
    /// Before rounding.
    let exactCostUSD: String?
    let components: [Component]
    let unpricedQuantities: [Unpriced]?
    let multiplier: String?
    let multiplierKeys: [String]?
    let provenance: Provenance

    struct Component: Decodable, Sendable {
        let component: String
        let quantity: String
        let rateKey: String?
        let unitPrice: String
        let cost: String
    }

    struct Unpriced: Decodable, Sendable {
        let quantity: String
        let reason: String
    }

    struct Provenance: Decodable, Sendable {
        let source: String
        let priceVersion: String?
        let key: String?
        let rules: [String]
        let flags: [String]
        let startVolume: String?
    }

    /// The lines, their sum, the rounding and where the prices come from.
    var text: String {
        var parts: [String] = []
        if !components.isEmpty { parts.append(arithmetic) }
        parts.append(TextTable(facts: sums).text)
        if let unpricedQuantities {
            parts.append(
                (["Without a price:"] + unpricedQuantities.map { "  \($0.quantity): \($0.reason)" })
                    .joined(separator: "\n")
            )
        }
        parts.append(TextTable(facts: origin).text)
        let flaws = check.flaws
        if !flaws.isEmpty {
            parts.append((["THE ARITHMETIC IS WRONG"] + flaws.map { "  " + $0 }).joined(separator: "\n"))
        }
        return parts.joined(separator: "\n\n")
    }

    /// Whether lines, sum and rounding are right.
    var check: ExplanationCheck { ExplanationCheck(self) }

    private var arithmetic: String {
        let check = check
        let hasFactor = !check.multiplied.isEmpty
        let header =
            ["COMPONENT", "QUANTITY", "", "UNIT PRICE"] + (hasFactor ? ["", "TIMES"] : []) + ["", "COST", "RATE"]
        let rows = components.enumerated().map { index, line in
            let isMultiplied = check.multiplied.contains(index)
            let factor = hasFactor ? (isMultiplied ? ["×", multiplier ?? ""] : ["", ""]) : []
            return [line.component, line.quantity, "×", line.unitPrice] + factor + [
                "=", line.cost, line.rateKey ?? "none",
            ]
        }
        return TextTable([header] + rows).text
    }

    private var sums: [[String]] {
        var rows: [[String]] = []
        if let multiplier {
            let keys = (multiplierKeys ?? []).joined(separator: ", ")
            rows.append(["multiplier of tokens", multiplier + (keys.isEmpty ? "" : " (\(keys))")])
        }
        if let exactCostUSD { rows.append(["sum, exact", exactCostUSD]) }
        rows.append(["cost in USD", costUSD ?? "none"])
        rows.append(["status", status])
        return rows
    }

    private var origin: [[String]] {
        var rows = [["source", provenance.source]]
        if let key = provenance.key { rows.append(["price key", key]) }
        if let version = provenance.priceVersion { rows.append(["price version", version]) }
        if !provenance.rules.isEmpty { rows.append(["rules", provenance.rules.joined(separator: ", ")]) }
        if !provenance.flags.isEmpty { rows.append(["flags", provenance.flags.joined(separator: ", ")]) }
        if let volume = provenance.startVolume { rows.append(["month's volume before", volume]) }
        return rows
    }
}

/// The arithmetic of an explanation, done again here.
struct ExplanationCheck: Sendable {
    /// Lines that are multiplied, by their numbers from 0.
    private(set) var multiplied: Set<Int> = []
    /// What is wrong, in words; empty when all is right.
    private(set) var flaws: [String] = []

    init(_ explanation: ExplanationAnswer) {
        let factor = explanation.multiplier.flatMap { ExactDecimal($0) }
        var sum = ExactDecimal.zero
        for (index, line) in explanation.components.enumerated() {
            guard let quantity = ExactDecimal(line.quantity), let price = ExactDecimal(line.unitPrice),
                let cost = ExactDecimal(line.cost)
            else {
                flaws.append("\(line.component) has a text that is no number")
                continue
            }
            sum = sum + cost
            let plain = quantity * price
            if plain.agrees(with: cost) { continue }
            if let factor, (plain * factor).agrees(with: cost) {
                multiplied.insert(index)
            } else {
                flaws.append("\(line.component): \(line.quantity) × \(line.unitPrice) is not \(line.cost)")
            }
        }
        checkSum(sum, of: explanation)
    }

    private mutating func checkSum(_ sum: ExactDecimal, of explanation: ExplanationAnswer) {
        // A reported cost has no lines.
        guard let exact = explanation.exactCostUSD, !explanation.components.isEmpty else { return }
        guard let exactCost = ExactDecimal(exact) else {
            flaws.append("the exact cost \(exact) is no number")
            return
        }
        if !sum.agrees(with: exactCost) { flaws.append("the lines do not add up to \(exact)") }
        guard let text = explanation.costUSD else { return }
        guard let cost = ExactDecimal(text), exactCost.rounded(to: MoneySum.fractionDigits) == cost else {
            flaws.append("\(exact) rounded to \(MoneySum.fractionDigits) decimals, half to even, is not \(text)")
            return
        }
    }
}

/// One event's cost: what was recorded, what it is now, and the arithmetic.
struct EventExplanationAnswer: Decodable, Sendable {
    let eventID: String
    let workspace: String
    let occurredAt: String
    let provider: String
    let model: String
    let operation: String
    let costUSD: MoneySum?
    let costStatus: String
    let recordedCostUSD: MoneySum?
    /// How many corrections the event has.
    let adjustments: Int
    /// `nil` when there were no prices to compute it from.
    let explanation: ExplanationAnswer?
    /// Whether the cost computed again is the cost in the ledger.
    let verified: Bool

    /// Whether the cost is what it should be, by the installation and by the arithmetic here.
    var isRight: Bool { verified && explanation?.check.flaws.isEmpty ?? true }

    var text: String {
        var facts = [
            ["event", "\(eventID) of \(workspace)"], ["occurred at", occurredAt],
            ["what", [provider, model, operation].filter { !$0.isEmpty }.joined(separator: ", ")],
            ["cost in the ledger", costUSD?.usd ?? "none (\(costStatus))"],
        ]
        if adjustments > 0 {
            let recorded = recordedCostUSD?.usd ?? "none"
            facts.append(["adjustments", "\(adjustments), recorded first: \(recorded)"])
        }
        let parts = [TextTable(facts: facts).text, explanation?.text, verdict].compactMap(\.self)
        return parts.joined(separator: "\n\n")
    }

    private var verdict: String {
        switch (explanation, verified) {
        case (nil, true): "There were no prices to compute a cost from, and the ledger has none."
        case (nil, false): "THE LEDGER HAS A COST, AND NO PRICES TO COMPUTE IT FROM."
        case (_, true): "Computed again, the cost is the one in the ledger."
        case (_, false): "COMPUTED AGAIN, THE COST IS NOT THE ONE IN THE LEDGER."
        }
    }
}

/// The answer to an estimate.
struct EstimateAnswer: Decodable, Sendable {
    let items: [Item]

    enum Item: Decodable, Sendable {
        case explanation(ExplanationAnswer)
        case problem(ServiceProblem)

        private enum Member: String, CodingKey {
            case status, problem
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Member.self)
            if try container.decode(String.self, forKey: .status) == "invalid" {
                self = .problem(try container.decode(ServiceProblem.self, forKey: .problem))
            } else {
                self = .explanation(try ExplanationAnswer(from: decoder))
            }
        }
    }
}
