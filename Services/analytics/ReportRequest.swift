internal import Access
internal import Calendars
internal import Domain
internal import Hummingbird
internal import Ledger
internal import ServiceRuntime

/// What a report was asked for, read from a request's query (`api.md`, Reports).
struct ReportRequest {
    var query: LedgerQuery
    /// The zone that was asked for, else the workspace's; weeks and fiscal years are those of the one workspace.
    var calendar: CalendarRules
    private let parameters: QueryParameters

    /// Reads what all reports share: workspace, range, zone, filters and the moment of a past view.
    ///
    /// - Parameters:
    ///   - request: Its query may name nothing but the common parameters, dimensions and `own` ones.
    ///   - caller: Who asks: a report is about what they reach.
    ///   - calendarOf: A workspace's calendar.
    ///   - now: The range ends with its day when no end is given, and starts 30 days before when no start is given.
    ///   - own: Parameters of this report alone.
    /// - Throws: A 403 problem for another workspace or team, a 422 problem that names each wrong parameter.
    init(
        _ request: Request,
        caller: Caller,
        calendarOf: (_ workspace: String) -> CalendarRules?,
        now: Timestamp,
        own: Set<String> = []
    ) throws(Problem) {
        parameters = QueryParameters(request.query)
        var faults: [InvalidParameter] = []
        let workspaces = try Self.workspaces(named: parameters["workspace"], caller)
        let only = workspaces?.count == 1 ? workspaces?.first : nil
        let ownCalendar = only.flatMap(calendarOf) ?? .standard
        let calendar = CalendarRules(
            timeZone: parameters["time_zone"].last ?? ownCalendar.timeZone,
            weekStart: ownCalendar.weekStart,
            fiscalYearStart: ownCalendar.fiscalYearStart
        )
        if calendar == nil {
            let detail = "must be an IANA name, like Europe/Berlin"
            faults.append(InvalidParameter("time_zone", code: "unknown_value", detail: detail))
        }
        let endOfToday = (calendar ?? .standard).period(.day, containing: now).end ?? now
        let to = Self.time("to", parameters, &faults) ?? endOfToday
        let from = Self.time("from", parameters, &faults) ?? to.adding(.seconds(-30 * 86_400))
        if from >= to {
            faults.append(InvalidParameter("from", code: "out_of_range", detail: "must be before 'to'"))
        }
        let recordedBefore = Self.time("as_of", parameters, &faults)
        var filters = Self.filters(parameters, own: own, &faults)
        guard faults.isEmpty, let calendar else { throw .invalid(faults) }
        try Self.limit(&filters, to: caller.reach, in: workspaces)
        self.calendar = calendar
        query = LedgerQuery(
            workspaces: workspaces,
            from: from,
            to: to,
            filters: filters,
            recordedBefore: recordedBefore
        )
        query.calendar = ownCalendar
    }

    /// The boundaries of a range's intervals, see `CalendarRules.boundaries`.
    ///
    /// - Throws: A 422 problem when there are too many, or when fiscal periods of several workspaces are asked for.
    func boundaries(_ granularity: Granularity, limit: Int, parameter: String) throws(Problem) -> [Timestamp] {
        if granularity == .quarter || granularity == .year, query.workspaces?.count != 1 {
            throw .invalid(
                "workspace",
                code: "missing",
                detail: "names the one workspace whose fiscal quarters and years are meant"
            )
        }
        let found = calendar.boundaries(granularity, from: query.from, to: query.to, limit: limit)
        guard let found else {
            throw .invalid(
                parameter,
                code: "out_of_range",
                detail: "the range has more than \(limit) intervals: choose a coarser one or a shorter range"
            )
        }
        return found
    }

    /// The first local day of the interval that holds a time.
    func firstDay(of granularity: Granularity, containing time: Timestamp) -> String {
        calendar.period(granularity.period ?? .day, containing: time).firstDay.text
    }

    /// Names of a parameter, separated by commas or given several times.
    func names(_ name: String) -> [String] {
        parameters[name].flatMap { $0.split(separator: ",", omittingEmptySubsequences: false).map { String($0) } }
    }

    /// A number parameter within bounds.
    func number(_ name: String, default standard: Int, in range: ClosedRange<Int>) throws(Problem) -> Int {
        guard let text = parameters[name].last else { return standard }
        guard let value = Int(text), range.contains(value) else {
            throw .invalid(
                name,
                code: "out_of_range",
                detail: "must be a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return value
    }

    /// A parameter's text.
    func text(_ name: String) -> String? {
        parameters[name].last
    }

    /// A parameter that names a dimension.
    func dimension(_ name: String) throws(Problem) -> LedgerDimension? {
        guard let text = parameters[name].last else { return nil }
        guard let dimension = LedgerDimension(name: text) else {
            throw .invalid(name, code: "unknown_value", detail: "must be a dimension: \(Self.dimensionNames)")
        }
        return dimension
    }

    /// The years that a report may be about.
    private static let validTimes = Timestamp(seconds: 0)...Timestamp(seconds: 7_258_118_400)
    private static let common: Set<String> = ["workspace", "from", "to", "time_zone", "as_of"]
    static let dimensionNames =
        "team, project, user, source_app, provider, model, operation, service_tier or tag.<key>"
    /// Values of one filter, and characters of one value, at most.
    private static let filterLimit = 100
    private static let valueLimit = 512

    private static func workspaces(named: [String], _ caller: Caller) throws(Problem) -> [String]? {
        guard named.allSatisfy({ $0.utf8.count <= valueLimit && !$0.utf8.contains(0) }) else {
            throw Problem.invalid("workspace", code: "unknown_value", detail: "must be a workspace's id")
        }
        do {
            return try caller.shown(naming: named)
        } catch {
            throw error.problem
        }
    }

    /// Keeps a report to the teams that its caller may see.
    ///
    /// - Throws: A 403 problem when it asks for other teams only, a 422 problem when it is about several workspaces: their
    ///   teams are not the same.
    private static func limit(
        _ filters: inout [LedgerFilter],
        to reach: Reach,
        in workspaces: [String]?
    ) throws(Problem) {
        guard let workspaces else { return }
        for workspace in workspaces {
            guard case .only(let teams) = reach.teams(of: workspace) else { continue }
            guard workspaces.count == 1 else {
                throw .invalid(
                    "workspace",
                    code: "missing",
                    detail: "names one workspace: what you may see of '\(workspace)' is limited to teams"
                )
            }
            let wanted = filters.filter { $0.dimension == .team }.reduce(teams) { $0.intersection($1.values) }
            guard !wanted.isEmpty else { throw AccessRefusal.team.problem }
            filters.removeAll { $0.dimension == .team }
            filters.append(LedgerFilter(.team, wanted.sorted()))
        }
    }

    private static func time(
        _ name: String,
        _ parameters: QueryParameters,
        _ faults: inout [InvalidParameter]
    ) -> Timestamp? {
        guard let text = parameters[name].last else { return nil }
        let time = Timestamp(query: text)
        if let time, !validTimes.contains(time) {
            faults.append(InvalidParameter(name, code: "out_of_range", detail: "must lie in the years 1970 to 2199"))
        }
        if time == nil {
            faults.append(
                InvalidParameter(
                    name,
                    code: "invalid_format",
                    detail: "must be an RFC 3339 date-time, like 2026-11-01T00:00:00Z"
                )
            )
        }
        return time
    }

    private static func filters(
        _ parameters: QueryParameters,
        own: Set<String>,
        _ faults: inout [InvalidParameter]
    ) -> [LedgerFilter] {
        var filters: [LedgerFilter] = []
        for name in parameters.names where !common.contains(name) && !own.contains(name) {
            let values = parameters[name]
            guard let dimension = LedgerDimension(name: name) else {
                let shown = String(name.prefix(64))
                faults.append(
                    InvalidParameter(shown, code: "unknown_parameter", detail: "is no parameter of this report")
                )
                continue
            }
            guard values.count <= filterLimit,
                values.allSatisfy({ $0.utf8.count <= valueLimit && !$0.utf8.contains(0) })
            else {
                faults.append(
                    InvalidParameter(
                        String(name.prefix(64)),
                        code: "out_of_range",
                        detail: "at most \(filterLimit) values of \(valueLimit) bytes"
                    )
                )
                continue
            }
            filters.append(LedgerFilter(dimension, values))
        }
        return filters
    }
}

/// A request's query, decoded, with repeated names collected in their order.
struct QueryParameters {
    private var values: [String: [String]] = [:]
    /// The names in the order of their first use.
    private(set) var names: [String] = []

    init(_ pairs: [(name: String, value: String)]) {
        for (name, value) in pairs {
            if values[name] == nil { names.append(name) }
            values[name, default: []].append(value)
        }
    }

    subscript(name: String) -> [String] { values[name] ?? [] }
}
