internal import Calendars
internal import Domain
internal import Hummingbird
internal import Ledger
internal import ServiceRuntime

/// `GET /v1/analytics/insight/…`: what the figures say.
extension ReportRoutes {
    /// Days whose spend is unlike that of their weekdays before.
    func anomalies(_ request: Request) async throws -> Response {
        let report = try await report(request, own: ["by", "minimum_usd"])
        let names = report.names("by")
        let dimensions = try (names.isEmpty ? ["workspace", "team", "model"] : names).map { name in
            guard let dimension = LedgerDimension(name: name) else { throw report.unknownDimension("by") }
            return dimension
        }
        guard dimensions.count <= 6 else {
            throw Problem.invalid("by", code: "out_of_range", detail: "names at most 6 dimensions")
        }
        var rule = AnomalyRule()
        if let text = report.text("minimum_usd") {
            guard let money = Money(usd: text), money.picoDollars >= 0 else {
                throw Problem.invalid("minimum_usd", code: "invalid_format", detail: "must be an amount, like 2.50")
            }
            rule.minimum = MoneySum(money)
        }
        let calendar = report.calendar
        let first = calendar.date(at: report.query.from).daysSince1970
        // Days that are over: today's spend is still growing.
        let end = calendar.date(at: min(report.query.to, clock.now)).daysSince1970 - 1
        guard end - first < 400 else {
            throw Problem.invalid("from", code: "out_of_range", detail: "the range has more than 400 days")
        }
        var found: [SpendAnomaly] = []
        if first <= end {
            found = try await AnomalyFinder(ledger: ledger)
                .find(report.query, by: dimensions, on: first...end, of: calendar, rule: rule)
        }
        var writer = JSONWriter(reserving: 256 * found.count + 64)
        writer.write(found)
        return .json(writer)
    }

    /// What will have been spent at the end of the present period.
    func forecast(_ request: Request) async throws -> Response {
        let report = try await report(request, own: ["period"])
        guard report.text("from") == nil, report.text("to") == nil else {
            throw Problem.invalid("from", code: "unknown_parameter", detail: "a forecast is for the present period")
        }
        let granularity = Granularity(rawValue: report.text("period") ?? "month")
        guard let kind = granularity?.period else {
            throw Problem.invalid("period", code: "unknown_value", detail: "must be day, week, month, quarter or year")
        }
        let now = clock.now
        let period = report.calendar.period(kind, containing: now)
        guard let end = period.end else { throw Problem.internalError() }
        var query = report.query
        query.from = period.start
        query.to = end
        let spent = try await ledger.totals(query).cost
        let today = report.calendar.date(at: now).daysSince1970
        let last = report.calendar.date(at: end.adding(microseconds: -1)).daysSince1970
        let boundaries = (today - Int64(7 * DailySpend.weeks)...today + 1).map {
            report.calendar.start(of: CivilDate(daysSince1970: $0))
        }
        let series = try await ledger.timeseries(query, boundaries: boundaries, by: nil, limit: 1, isSingle: true)
        let forecast = Forecast(
            spent: spent,
            total: period.forecast(of: spent, at: now) ?? spent,
            history: DailySpend(series.first?.points.map(\.cost.picoDollars) ?? []),
            daysLeft: Int(last - today)
        )
        var writer = JSONWriter(reserving: 4_096)
        writer.write(forecast, for: period, until: end, at: now, from: CivilDate(daysSince1970: today))
        return .json(writer)
    }

    /// What a thousand tokens, an event, a unit of a quantity and a value of a dimension cost.
    func unitEconomics(_ request: Request) async throws -> Response {
        var report = try await report(request, own: ["by", "limit", "quantity"])
        if let name = report.text("quantity") {
            guard let quantity = MeasuredQuantity(name: name) else {
                let detail = "must be a quantity, like images or custom:<name>"
                throw Problem.invalid("quantity", code: "unknown_value", detail: detail)
            }
            report.query.quantity = quantity
        }
        let names = report.names("by")
        guard names.count <= 1 else {
            throw Problem.invalid("by", code: "out_of_range", detail: "names one dimension, like by=tag.customer")
        }
        let limit = try report.number("limit", default: 20, in: 1...1_000)
        // All lines, as far as there may be lines: the number of values is a figure too.
        let axis = try ReportAxis(names, limit: LedgerAxis.lineLimit, parameter: "by", of: report)
        let cube = try await ledger.cube(report.query, rows: axis.axis)
        var writer = JSONWriter(reserving: 512 * (min(limit, cube.rows.count) + 2))
        writer.write(unitEconomics: cube, by: axis, limit: limit, quantity: report.query.quantity)
        return .json(writer)
    }
}

extension ReportRequest {
    func unknownDimension(_ parameter: String) -> Problem {
        .invalid(parameter, code: "unknown_value", detail: "must be a dimension: \(Self.dimensionNames)")
    }
}
