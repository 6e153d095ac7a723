package import Access
package import Calendars
internal import Domain
internal import HTTPTypes
package import Hummingbird
package import Ledger
package import ServiceRuntime

/// The reports: sums over the ledger, for keys with the scope `read`.
///
/// Each answer says in the header `oliver-source` what it was made from.
package struct ReportRoutes: Sendable {
    private let authenticator: Authenticator
    let ledger: any LedgerStore
    private let calendarOf: @Sendable (_ workspace: String) -> CalendarRules?
    let clock: any WallClock

    /// Intervals of one time series at most.
    private static let intervalLimit = 5_000

    /// - Parameters:
    ///   - authenticator: Checks keys.
    ///   - ledger: What is reported.
    ///   - calendarOf: A workspace's calendar; UTC's where it is not known.
    ///   - clock: Says when today is.
    package init(
        authenticator: Authenticator,
        ledger: any LedgerStore,
        calendarOf: @escaping @Sendable (_ workspace: String) -> CalendarRules? = { _ in nil },
        clock: any WallClock
    ) {
        self.authenticator = authenticator
        self.ledger = ledger
        self.calendarOf = calendarOf
        self.clock = clock
    }

    /// Adds the routes.
    package func add(to router: Router<OliverRequestContext>) {
        let routes: [(String, @Sendable (Request) async throws -> Response)] = [
            ("/v1/analytics/summary", summary), ("/v1/analytics/breakdown", breakdown),
            ("/v1/analytics/timeseries", timeseries), ("/v1/analytics/pivot", pivot), ("/v1/usage", usage),
            ("/v1/analytics/insight/anomalies", anomalies), ("/v1/analytics/insight/forecast", forecast),
            ("/v1/analytics/insight/unit-economics", unitEconomics),
        ]
        for (path, answer) in routes {
            router.get(RouterPath(path)) { request, _ in try await Self.answering { try await answer(request) } }
        }
    }

    private static let sourceField = HTTPField.Name("oliver-source")

    /// Says what an answer was made from; tells the client to come again when the ledger is away.
    static func answering(_ answer: () async throws -> Response) async throws -> Response {
        do {
            var (response, sources) = try await LedgerSources.collecting { try await answer() }
            if let sourceField, !sources.isEmpty {
                response.headers[sourceField] = sources.map(\.rawValue).joined(separator: ", ")
            }
            return response
        } catch let error as LedgerError where error.isRetriable {
            throw Problem.unavailable("The ledger cannot be reached at the moment.", retryAfter: .seconds(2))
        } catch let error as LedgerError where error.isTooSlow {
            throw Problem.invalid(
                "from",
                code: "too_expensive",
                detail: "The report takes too long: choose a shorter range, or fewer tags and dimensions."
            )
        }
    }

    func report(_ request: Request, own: Set<String> = []) async throws -> ReportRequest {
        let caller = try await authenticator.caller(of: request, needing: .read, limitedToTeams: true)
        return try ReportRequest(request, caller: caller, calendarOf: calendarOf, now: clock.now, own: own)
    }

    private func summary(_ request: Request) async throws -> Response {
        let report = try await report(request)
        let totals = try await ledger.totals(report.query)
        let previous = try await ledger.totals(report.query.preceding)
        var writer = JSONWriter(reserving: 1_024)
        writer.write(totals, previous: previous)
        return .json(writer)
    }

    private func breakdown(_ request: Request) async throws -> Response {
        let report = try await report(request, own: ["by", "limit"])
        let names = report.names("by")
        guard names.count == 1 else {
            throw Problem.invalid("by", code: "missing", detail: "names the dimension, like by=model")
        }
        let limit = try report.number("limit", default: 10, in: 1...1_000)
        let axis = try ReportAxis(names, limit: limit, parameter: "by", of: report)
        let cube = try await ledger.cube(report.query, rows: axis.axis)
        var writer = JSONWriter(reserving: 256 * (cube.rows.count + 1))
        writer.write(breakdown: cube, by: axis)
        return .json(writer)
    }

    private func timeseries(_ request: Request) async throws -> Response {
        let report = try await report(request, own: ["granularity", "group_by", "limit"])
        guard let granularity = Granularity(rawValue: report.text("granularity") ?? "day") else {
            throw Problem.invalid(
                "granularity",
                code: "unknown_value",
                detail: "must be hour, day, week, month, quarter or year"
            )
        }
        let boundaries = try report.boundaries(granularity, limit: Self.intervalLimit, parameter: "granularity")
        let series = try await ledger.timeseries(
            report.query,
            boundaries: boundaries,
            by: try report.dimension("group_by"),
            limit: try report.number("limit", default: 8, in: 1...100)
        )
        var writer = JSONWriter(reserving: 96 * boundaries.count * max(1, series.count))
        writer.write(series, starts: boundaries.dropLast())
        return .json(writer)
    }

    private func usage(_ request: Request) async throws -> Response {
        let report = try await report(request, own: ["limit", "after"])
        let limit = try report.number("limit", default: 100, in: 1...1_000)
        let cursor = report.text("after").map { LedgerCursor($0) }
        if case .some(.none) = cursor {
            throw Problem.invalid("after", code: "invalid_format", detail: "must be the 'next' of the page before")
        }
        let page = try await ledger.usage(report.query, limit: limit, after: cursor ?? nil)
        var writer = JSONWriter(reserving: 1_024 * page.rows.count + 64)
        writer.write(page)
        return .json(writer)
    }
}
