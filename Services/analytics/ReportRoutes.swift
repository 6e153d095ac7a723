package import Access
internal import Calendars
internal import Domain
package import Hummingbird
package import Ledger
package import ServiceRuntime

/// The reports: sums over the ledger, for keys with the scope `read`.
package struct ReportRoutes: Sendable {
    private let authenticator: Authenticator
    private let ledger: any LedgerStore
    private let clock: any WallClock

    /// Intervals of one time series at most.
    private static let intervalLimit = 5_000

    package init(authenticator: Authenticator, ledger: any LedgerStore, clock: any WallClock) {
        self.authenticator = authenticator
        self.ledger = ledger
        self.clock = clock
    }

    /// Adds the routes.
    package func add(to router: Router<OliverRequestContext>) {
        let routes: [(String, @Sendable (Request) async throws -> Response)] = [
            ("/v1/analytics/summary", summary), ("/v1/analytics/breakdown", breakdown),
            ("/v1/analytics/timeseries", timeseries), ("/v1/usage", usage),
        ]
        for (path, answer) in routes {
            router.get(RouterPath(path)) { request, _ in try await Self.answering { try await answer(request) } }
        }
    }

    /// Tells the client to come again when the ledger is away.
    private static func answering(_ answer: () async throws -> Response) async throws -> Response {
        do {
            return try await answer()
        } catch let error as LedgerError where error.isRetriable {
            throw Problem.unavailable("The ledger cannot be reached at the moment.", retryAfter: .seconds(2))
        }
    }

    private func report(_ request: Request, own: Set<String> = []) async throws -> ReportRequest {
        let caller = try await authenticator.caller(of: request, needing: .read)
        return try ReportRequest(request, caller: caller, now: clock.now, own: own)
    }

    private func summary(_ request: Request) async throws -> Response {
        let report = try await report(request)
        let totals = try await ledger.totals(report.query)
        let previous = try await ledger.totals(report.query.preceding)
        var writer = JSONWriter(reserving: 512)
        writer.beginObject()
        writer.members(totals)
        writer.key("previous")
        writer.object(totals: previous)
        writer.endObject()
        return .json(writer)
    }

    private func breakdown(_ request: Request) async throws -> Response {
        let report = try await report(request, own: ["by", "limit"])
        guard let dimension = try report.dimension("by") else {
            throw Problem.invalid("by", code: "missing", detail: "names the dimension, like by=model")
        }
        let limit = try report.number("limit", default: 10, in: 1...1_000)
        let breakdown = try await ledger.breakdown(report.query, by: dimension, limit: limit)
        var writer = JSONWriter(reserving: 256 * (breakdown.rows.count + 1))
        writer.write(breakdown)
        return .json(writer)
    }

    private func timeseries(_ request: Request) async throws -> Response {
        let report = try await report(request, own: ["granularity", "group_by", "limit"])
        guard let granularity = Granularity(rawValue: report.text("granularity") ?? "day") else {
            throw Problem.invalid("granularity", code: "unknown_value", detail: "must be hour, day, week or month")
        }
        let boundaries = report.calendar.boundaries(
            granularity,
            from: report.query.from,
            to: report.query.to,
            limit: Self.intervalLimit
        )
        guard let boundaries else {
            throw Problem.invalid(
                "granularity",
                code: "out_of_range",
                detail:
                    "the range has more than \(Self.intervalLimit) intervals: choose a coarser one or a shorter range"
            )
        }
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
