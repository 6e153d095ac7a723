internal import Domain

/// Words and figures that all kinds of messages share.
enum AlertText {
    /// An amount for people: cents, more digits only for what would else look like nothing.
    static func dollars(_ sum: MoneySum) -> String {
        let isSmall = sum.picoDollars != 0 && sum.picoDollars.magnitude < 1_000_000_000_000
        let digits = isSmall ? 6 : 2
        let divisor: Int128 = isSmall ? 1_000_000 : 10_000_000_000
        let value = DecimalText.divideHalfToEven(sum.picoDollars, by: divisor)
        let text = DecimalText.format(value < 0 ? -value : value, scale: digits)
        let parts = text.split(separator: ".")
        let sign = value < 0 ? "-" : ""
        return "\(sign)$\(grouped(parts[0])).\(parts[1])"
    }

    private static func grouped(_ digits: Substring) -> String {
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return text
    }

    /// How much of the limit is spent, in whole percent, rounded down; nil without a limit.
    static func percent(_ crossing: Crossing) -> Int? {
        guard crossing.limit.picoDollars > 0 else { return nil }
        return Int(clamping: crossing.spent.picoDollars * 100 / crossing.limit.picoDollars)
    }

    /// `November 2026`, `week of 2026-11-23`, … from a period's name.
    static func period(_ name: String) -> String {
        let parts = name.split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { return "in total" }
        switch parts[0] {
        case "month":
            let months = [
                "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
                "November", "December",
            ]
            let date = parts[1].split(separator: "-")
            guard date.count == 3, let month = Int(date[1]), (1...12).contains(month) else { return String(parts[1]) }
            return date[2] == "01" ? "\(months[month - 1]) \(date[0])" : "month from \(parts[1])"
        case "day": return String(parts[1])
        default: return "\(parts[0]) from \(parts[1])"
        }
    }

    /// `team growth`, `all of acme`.
    static func scope(_ crossing: Crossing) -> String {
        let type = crossing.scopeType.rawValue.split(separator: "_").joined(separator: " ")
        return "\(type) \(crossing.key.scopeValue)"
    }

    /// One line that says it all.
    static func title(_ alert: Alert) -> String {
        switch alert.subject {
        case .crossing(let crossing):
            let what = crossing.key.threshold >= 100 ? "has reached" : "is at"
            return "\(crossing.budgetName) \(what) \(crossing.key.threshold)% of \(dollars(crossing.limit))"
        case .notice(_, _, let title, _): return title
        }
    }
}

/// Alerts that tell one story: the thresholds that one spend has passed, or a notice.
struct AlertStory {
    /// The highest threshold, or the notice.
    let foremost: Alert
    /// The lower thresholds that were passed at the same time, ascending.
    let otherThresholds: [Int]

    /// The stories of some alerts, in the order in which each begins.
    static func stories(of alerts: [Alert]) -> [AlertStory] {
        var order: [String] = []
        var groups: [String: [Alert]] = [:]
        for alert in alerts {
            let name: String
            switch alert.subject {
            case .crossing(let crossing):
                name = "c \(crossing.key.budget) \(crossing.key.period) \(crossing.key.scopeValue)"
            case .notice(let id, _, _, _): name = "n \(id)"
            }
            if groups[name] == nil { order.append(name) }
            groups[name, default: []].append(alert)
        }
        return order.compactMap { name in
            let group = (groups[name] ?? []).sorted { $0.rank < $1.rank }
            guard let foremost = group.last else { return nil }
            let others = Set(group.dropLast().compactMap(\.crossing).map(\.key.threshold))
            return AlertStory(
                foremost: foremost,
                otherThresholds: others.subtracting([foremost.crossing?.key.threshold ?? 0]).sorted()
            )
        }
    }
}

extension Alert {
    var crossing: Crossing? {
        if case .crossing(let crossing) = subject { crossing } else { nil }
    }

    /// The later limit counts more, then the higher threshold.
    fileprivate var rank: (Int64, Int) {
        (crossing?.key.limitVersion ?? 0, crossing?.key.threshold ?? 0)
    }
}
