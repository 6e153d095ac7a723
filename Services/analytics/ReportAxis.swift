internal import Calendars
internal import Domain
internal import Ledger
internal import ServiceRuntime

/// One side of a report as a client names it: dimensions and lengths of time, `team,month`.
struct ReportAxis {
    /// What the ledger is asked for.
    private(set) var axis: LedgerAxis
    /// The first local days of each grouping's intervals; none for a dimension.
    private var days: [[String]] = []

    /// No dimension: everything is one line.
    init() { axis = LedgerAxis() }

    /// The most intervals of a grouping.
    private static let intervalLimit = 5_000

    /// Reads names.
    ///
    /// - Parameters:
    ///   - names: Dimensions, `day`, `week`, `month`, `quarter` or `year`.
    ///   - limit: Lines at most; an axis of time alone has them all, or is refused.
    ///   - parameter: Whose fault it is when something is wrong.
    ///   - report: The range, its calendar and its workspaces.
    /// - Throws: A 422 problem.
    init(_ names: [String], limit: Int, parameter: String, of report: ReportRequest) throws(Problem) {
        guard names.count <= LedgerAxis.groupingLimit else {
            let detail = "names at most \(LedgerAxis.groupingLimit) dimensions"
            throw .invalid(parameter, code: "out_of_range", detail: detail)
        }
        axis = LedgerAxis(limit: limit)
        for name in names {
            if let granularity = Granularity(rawValue: name), granularity != .hour {
                let boundaries = try report.boundaries(granularity, limit: Self.intervalLimit, parameter: parameter)
                axis.groupings.append(.time(boundaries))
                days.append(boundaries.dropLast().map { report.firstDay(of: granularity, containing: $0) })
            } else if let dimension = LedgerDimension(name: name) {
                axis.groupings.append(.dimension(dimension))
                days.append([])
            } else {
                throw .invalid(
                    parameter,
                    code: "unknown_value",
                    detail: "must name dimensions: \(ReportRequest.dimensionNames), day, week, month, quarter or year"
                )
            }
        }
        try widenForTime(parameter)
    }

    /// Intervals are not ranked: they are shown all.
    private mutating func widenForTime(_ parameter: String) throws(Problem) {
        guard !days.isEmpty, days.allSatisfy({ !$0.isEmpty }) else { return }
        let lines = days.reduce(1) { $0.multipliedReportingOverflow(by: $1.count).partialValue }
        guard (1...LedgerAxis.lineLimit).contains(lines) else {
            throw .invalid(parameter, code: "out_of_range", detail: "has more than \(LedgerAxis.lineLimit) intervals")
        }
        axis.limit = lines
    }

    /// A line's name, each part a value, none or the first day of an interval.
    func texts(_ keys: [LedgerCube.Key]) -> [String?] {
        zip(keys, days).map { key, days in
            switch key {
            case .value(let text): text
            case .interval(let number): days[number]
            }
        }
    }
}
