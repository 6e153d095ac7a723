internal import Domain
internal import PriceBook

/// The rates of an entry by their dotted names, its multipliers among them.
struct FlatRates {
    let rates: [String: Rate]

    init(_ entry: PriceEntry) {
        let factors = entry.flatMultipliers.map { factor in
            // A factor in 10⁻⁶ is written in the unit of rates, so that guards need to know one thing only.
            (factor.name, Rate(value: Int128(factor.millionths) * Self.millionth))
        }
        rates = Dictionary(entry.flatRates.map { ($0.name, $0.rate) } + factors) { _, last in last }
    }

    private static let millionth = PowerOfTen.value(Rate.fractionDigits - 6) ?? 1

    subscript(name: String) -> Rate? { rates[name] }
}

/// Looks at one model's new prices beside its old ones.
struct EntryCheck {
    let key: String
    /// nil for a new model.
    let old: FlatRates?
    let new: FlatRates
    let isUsed: Bool

    /// Reasons to keep the new prices out.
    ///
    /// What the old prices had too, rate for rate, is no news.
    var findings: [GuardFinding] {
        let names = Set(new.rates.keys).union(old?.rates.keys ?? [:].keys).sorted()
        return names.flatMap { name -> [GuardFinding] in
            let before = old?[name]
            guard let after = new[name] else {
                guard isUsed else { return [] }
                return [finding(.usedRateVanished, name, "is gone")]
            }
            return (before.flatMap { jump(name, from: $0, to: after) }.map { [$0] } ?? []) + implausible(name, after)
        }
    }

    /// What is odd and let in all the same.
    var oddities: [GuardFinding] {
        let input = new["input_cost_per_token"]
        guard let input, !input.isFree, let write = new["cache_creation_input_token_cost"] else { return [] }
        guard write.isFree || input.exceeds(write) else { return [] }
        let name = "cache_creation_input_token_cost"
        return [finding(.cacheWriteBelowInput, name, "\(write.text) is below the input rate \(input.text)")]
    }

    private func jump(_ name: String, from before: Rate, to after: Rate) -> GuardFinding? {
        guard before != after else { return nil }
        let change = "changed from \(before.text) to \(after.text)"
        if before.isFree != after.isFree { return finding(.throughZero, name, change) }
        if after.isAtLeast(10, times: before) || before.isAtLeast(10, times: after) {
            return finding(.tenfold, name, change)
        }
        guard isUsed, after.exceeds(before, times: 3, over: 2) || before.exceeds(after, times: 2, over: 1) else {
            return nil
        }
        return finding(.usedModelJump, name, change)
    }

    private func implausible(_ name: String, _ rate: Rate) -> [GuardFinding] {
        var findings: [GuardFinding] = []
        if Self.isPerToken(name), rate.exceeds(Self.tokenLimit), old?[name] != rate {
            findings.append(finding(.implausibleUnit, name, "\(rate.text) for one token is more than $1,000 a million"))
        }
        if let input = Self.inputName(ofCacheRead: name, in: new), isNews(name, input), exceeds(rate, input) {
            findings.append(finding(.cacheReadAboveInput, name, "\(rate.text) is above \(input) \(text(input))"))
        }
        if let standard = Self.standardName(ofBatch: name), isNews(name, standard), exceeds(rate, standard) {
            findings.append(finding(.batchAboveStandard, name, "\(rate.text) is above \(standard) \(text(standard))"))
        }
        return findings
    }

    private func exceeds(_ rate: Rate, _ other: String) -> Bool {
        new[other].map { rate.exceeds($0) } ?? false
    }

    private func text(_ name: String) -> String { new[name]?.text ?? "" }

    /// Whether one of two rates is not what it was.
    private func isNews(_ name: String, _ other: String) -> Bool {
        guard let old else { return true }
        return old[name] != new[name] || old[other] != new[other]
    }

    private func finding(_ kind: PriceGuard, _ rate: String, _ what: String) -> GuardFinding {
        GuardFinding(key: key, kind: kind, rate: rate, detail: "\(rate) \(what).")
    }

    /// $1,000 for a million tokens.
    private static let tokenLimit = Rate(value: Int128(1_000) * (PowerOfTen.value(27) ?? 1), per: 1_000_000)

    private static let cacheRead = "cache_read_input_token_cost"

    /// Whether a rate is for one token; the threshold in a name counts tokens whatever the rate is for.
    private static func isPerToken(_ name: String) -> Bool {
        let last = name.split(separator: ".").last.map(String.init) ?? name
        guard let above = last.firstRange(of: "_above_") else { return last.contains("token") }
        return last[..<above.lowerBound].contains("token")
    }

    /// The input rate of the same tier and threshold, or the plain one, of a rate for cached tokens.
    private static func inputName(ofCacheRead name: String, in rates: FlatRates) -> String? {
        guard name.contains(cacheRead) else { return nil }
        let same = name.replacing(cacheRead, with: "input_cost_per_token", maxReplacements: 1)
        if rates[same] != nil { return same }
        return name.hasPrefix(cacheRead) ? "input_cost_per_token" : nil
    }

    private static func standardName(ofBatch name: String) -> String? {
        name.hasSuffix("_batches") ? String(name.dropLast("_batches".utf8.count)) : nil
    }
}

extension Rate {
    /// Whether the rate is more than `factor / divisor` of another.
    ///
    /// A rate so large that it cannot be compared counts as more.
    func exceeds(_ other: Rate, times factor: Int128 = 1, over divisor: Int128 = 1) -> Bool {
        compare(to: other, factor, divisor) { $0 > $1 }
    }

    /// Whether the rate is `factor` times another, or more.
    func isAtLeast(_ factor: Int128, times other: Rate) -> Bool {
        compare(to: other, factor, 1) { $0 >= $1 }
    }

    private func compare(
        to other: Rate,
        _ factor: Int128,
        _ divisor: Int128,
        _ isMore: (Int128, Int128) -> Bool
    ) -> Bool {
        let left = value.multipliedReportingOverflow(by: Int128(other.per) * divisor)
        let right = other.value.multipliedReportingOverflow(by: Int128(per) * factor)
        guard !left.overflow else { return true }
        return !right.overflow && isMore(left.partialValue, right.partialValue)
    }
}
