internal import Domain
internal import PriceBook
internal import PriceDesk

/// Looks at what typical calls cost by a model's new prices beside its old ones.
///
/// Rates that are new on a known model (a tier, an off-peak window, a threshold, a fee) have no old rate to be compared
/// with. What they do to a call's cost has.
struct CostCheck {
    let key: String
    let old: PriceEntry
    let new: PriceEntry
    let isUsed: Bool

    /// What is suspicious about the new costs; at most one thing.
    var findings: [GuardFinding] {
        if isUsed, old.provider != new.provider {
            return [finding(.usedModelVanished, "the provider changed from \(old.provider) to \(new.provider)")]
        }
        let (before, after) = (Self.costs(of: old), Self.costs(of: new))
        for (name, was) in before {
            guard let was, let now = after.first(where: { $0.name == name })?.cost else { continue }
            if let kind = jump(from: was.picoDollars, to: now.picoDollars) {
                return [finding(kind, "a call with \(name) would cost \(now.usd) instead of \(was.usd) USD")]
            }
        }
        return []
    }

    private func jump(from was: Int64, to now: Int64) -> PriceGuard? {
        if was == now { return nil }
        if was == 0 || now == 0 { return .throughZero }
        let (small, large) = (Int128(min(was, now)), Int128(max(was, now)))
        if large >= small * 10 { return .tenfold }
        guard isUsed else { return nil }
        return Int128(now) * 2 > Int128(was) * 3 || Int128(now) * 2 < Int128(was) ? .usedModelJump : nil
    }

    private func finding(_ kind: PriceGuard, _ what: String) -> GuardFinding {
        GuardFinding(key: key, kind: kind, rate: "", detail: "\(key): \(what).")
    }

    /// Calls of tokens, small and large, by day and by night.
    private static let calls: [(name: String, request: PriceRequest)] = {
        let days: [Int64] = [1_795_392_000, 1_795_435_200]
        let sizes: [(String, Int64, Int64)] = [("1,000 tokens", 1_000, 500), ("150,000 tokens", 150_000, 5_000)]
        return days.flatMap { day in
            sizes.map { name, input, output in
                let usage = Usage(items: [
                    Usage.Item(.inputTokens, Amount(units: input)), Usage.Item(.outputTokens, Amount(units: output)),
                    Usage.Item(.requests, Amount(units: 1)),
                ])
                let request = PriceRequest(operation: .tokens, usage: usage, occurredAt: Timestamp(seconds: day))
                return (name: "\(name) at \(Timestamp(seconds: day).rfc3339)", request: request)
            }
        }
    }()

    private static func costs(of entry: PriceEntry) -> [(name: String, cost: Money?)] {
        var entry = entry
        (entry.validFrom, entry.validTo) = (nil, nil)
        let version = PriceVersion(source: .litellm, entry: entry, recordedAt: Timestamp(seconds: 0))
        let plans = PlanCache(PriceBook(versions: [version], zones: .calendars))
        return calls.map { call in
            (name: call.name, cost: plans.cost(provider: entry.provider, model: entry.key, call.request).money)
        }
    }
}
