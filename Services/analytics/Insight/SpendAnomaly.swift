internal import Calendars
internal import Domain
internal import Ledger

/// A day on which a scope spent much more, or much less, than on that weekday before.
struct SpendAnomaly: Hashable, Sendable {
    var dimension: LedgerDimension
    /// The scope's value in the dimension; `nil` for events that have none.
    var key: String?
    var day: CivilDate
    var spent: MoneySum
    /// The median of the weekday.
    var expected: MoneySum
    /// Between these it would have been usual.
    var low: MoneySum
    var high: MoneySum

    var isAbove: Bool { spent > high }

    /// How far it is off.
    var difference: MoneySum {
        MoneySum(picoDollars: Int128((spent - expected).picoDollars.magnitude))
    }
}

/// When a day is an anomaly.
struct AnomalyRule: Hashable, Sendable {
    /// How many standard deviations, in tenths.
    var tenthsOfDeviations: Int128 = 35
    /// Less than this off is nothing to talk about.
    var minimum = MoneySum(picoDollars: 1_000_000_000_000)
    /// At least a quarter off, however regular the weeks before were.
    private static let part: Int128 = 4
    /// Weekdays that must be known.
    private static let weeks = 4

    /// How far from its baseline a day may be.
    func margin(_ baseline: Baseline) -> Int128 {
        let spread = DecimalText.divideHalfToEven(baseline.spread * tenthsOfDeviations, by: 10)
        return max(spread, Int128(baseline.median.magnitude) / Self.part, minimum.picoDollars)
    }

    /// Whether a day is one, and what would have been usual.
    func look(at day: Int, of spend: DailySpend) -> (baseline: Baseline, margin: Int128)? {
        guard let baseline = spend.baseline(for: day, before: day, least: Self.weeks) else { return nil }
        let margin = margin(baseline)
        let off = spend.amounts[day] - baseline.median
        return off > margin || off < -margin ? (baseline, margin) : nil
    }
}

/// Looks for anomalies among the largest scopes of some dimensions.
struct AnomalyFinder: Sendable {
    let ledger: any LedgerStore
    /// Values of a dimension that are looked at, the costliest ones.
    static let scopeLimit = 100

    /// - Parameters:
    ///   - query: The events; its range is replaced.
    ///   - dimensions: What scopes are made by.
    ///   - days: The days that are looked at, as days since 1970 of the calendar.
    ///   - calendar: Cuts days.
    ///   - rule: What is one.
    /// - Returns: The latest day first, and of a day what is furthest off.
    /// - Throws: `LedgerError`, or `CancellationError`.
    func find(
        _ query: LedgerQuery,
        by dimensions: [LedgerDimension],
        on days: ClosedRange<Int64>,
        of calendar: CalendarRules,
        rule: AnomalyRule
    ) async throws -> [SpendAnomaly] {
        let first = days.lowerBound - Int64(7 * DailySpend.weeks)
        let boundaries = (first...days.upperBound + 1).map { calendar.start(of: CivilDate(daysSince1970: $0)) }
        var found: [SpendAnomaly] = []
        for dimension in dimensions {
            let series = try await ledger.timeseries(
                query,
                boundaries: boundaries,
                by: dimension,
                limit: Self.scopeLimit,
                isSingle: true
            )
            for line in series {
                guard case .value(let key) = line.key else { continue }
                let spend = DailySpend(line.points.map(\.cost.picoDollars))
                for day in days {
                    let place = Int(day - first)
                    guard let (baseline, margin) = rule.look(at: place, of: spend) else { continue }
                    found.append(
                        SpendAnomaly(
                            dimension: dimension,
                            key: key,
                            day: CivilDate(daysSince1970: day),
                            spent: MoneySum(picoDollars: spend.amounts[place]),
                            expected: MoneySum(picoDollars: baseline.median),
                            low: MoneySum(picoDollars: baseline.median - margin),
                            high: MoneySum(picoDollars: baseline.median + margin)
                        )
                    )
                }
            }
        }
        return found.sorted {
            ($1.day.daysSince1970, $1.difference.picoDollars, $0.dimension.name, $0.key ?? "")
                < ($0.day.daysSince1970, $0.difference.picoDollars, $1.dimension.name, $1.key ?? "")
        }
    }
}
