import Domain

/// A rate as a plan uses it: with a small number for its key, and what its use says about the cost.
struct ResolvedRate: Sendable {
    /// The amount in 10⁻²⁷ USD.
    var value: Int128
    /// How many units the amount buys.
    var per: Int64
    var rules: PriceRules
    var flags: CostFlags
    /// The number of the key in the plan's list of names; 0 when there is no rate.
    var key: UInt16

    /// No rate.
    static let none = ResolvedRate(value: 0, per: 1, rules: [], flags: [], key: 0)

    var exists: Bool { key != 0 }
}

/// A rate while a plan is made: with its key spelled out.
struct DraftRate {
    var rate: Rate
    var key: String
    var rules: PriceRules = []
    var flags: CostFlags = []

    init(_ rate: Rate, key: String) {
        self.rate = rate
        self.key = key
    }

    /// Half of the rate: what a batch costs when nothing else is published.
    var halved: DraftRate {
        var draft = self
        draft.rate = rate.halved
        draft.key = key + "/2"
        draft.rules.insert(.batchHalfOfStandard)
        draft.flags.insert(.fallbackBatchHalf)
        return draft
    }

    /// The rate standing in for another one.
    func asFallback(rule: PriceRule? = nil, flag: CostFlag? = nil) -> DraftRate {
        var draft = self
        if let rule { draft.rules.insert(rule) }
        if let flag { draft.flags.insert(flag) }
        return draft
    }
}

/// The keys that a plan's rates name, each once.
struct RateNames {
    private(set) var names = [""]
    private var numbers: [String: UInt16] = [:]

    /// The rate with its key's number.
    mutating func resolve(_ draft: DraftRate?) -> ResolvedRate {
        guard let draft else { return .none }
        return ResolvedRate(
            value: draft.rate.value,
            per: draft.rate.per,
            rules: draft.rules,
            flags: draft.flags,
            key: number(of: draft.key)
        )
    }

    private mutating func number(of name: String) -> UInt16 {
        if let number = numbers[name] { return number }
        let number = UInt16(clamping: names.count)
        names.append(name)
        numbers[name] = number
        return number
    }
}
