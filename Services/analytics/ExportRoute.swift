package import Access
package import Calendars
internal import Domain
internal import HTTPTypes
package import Hummingbird
package import Ledger
package import ServiceRuntime

/// `GET /v1/export`: all rows of a range as CSV, streamed.
///
/// A client that reads slowly slows the query down, one that goes away ends it.
package struct ExportRoute: Sendable {
    private let authenticator: Authenticator
    private let ledger: any LedgerExport & LedgerStore
    private let calendarOf: @Sendable (_ workspace: String) -> CalendarRules?
    private let clock: any WallClock

    package init(
        authenticator: Authenticator,
        ledger: any LedgerExport & LedgerStore,
        calendarOf: @escaping @Sendable (_ workspace: String) -> CalendarRules? = { _ in nil },
        clock: any WallClock
    ) {
        self.authenticator = authenticator
        self.ledger = ledger
        self.calendarOf = calendarOf
        self.clock = clock
    }

    /// Adds the route.
    package func add(to router: Router<OliverRequestContext>) {
        router.get("/v1/export") { request, _ in try await export(request) }
    }

    private func export(_ request: Request) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .read, limitedToTeams: true)
        let report = try ReportRequest(
            request,
            caller: caller,
            calendarOf: calendarOf,
            now: clock.now,
            own: ["format"]
        )
        guard let format = LedgerExportFormat(rawValue: report.text("format") ?? "csv") else {
            throw Problem.invalid("format", code: "unknown_value", detail: "must be csv or focus")
        }
        let query = report.query
        try await checkLedger(query)
        let ledger = ledger
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/csv; charset=utf-8",
                .contentDisposition: "attachment; filename=\"oliver-\(format.rawValue).csv\"",
            ],
            body: ResponseBody { writer in
                let pieces = Handover<[UInt8]>()
                async let reading: Void = Self.read(query, as: format, from: ledger, into: pieces)
                // An error breaks the answer off: without its end mark the client knows that rows are missing.
                while let piece = try await pieces.take() { try await writer.write(ByteBuffer(bytes: piece)) }
                try await reading
                try await writer.finish(nil)
            }
        )
    }

    private static func read(
        _ query: LedgerQuery,
        as format: LedgerExportFormat,
        from ledger: any LedgerExport & LedgerStore,
        into pieces: Handover<[UInt8]>
    ) async throws {
        do {
            // Writing text of many rows keeps a thread busy, which must not be an event loop's.
            try await withTaskExecutorPreference(globalConcurrentExecutor) {
                try await ledger.export(query, as: format) { try await pieces.give($0) }
            }
            pieces.end()
        } catch {
            pieces.end(error)
            throw error
        }
    }

    /// Finds out that the ledger is away while the answer can still say so.
    private func checkLedger(_ query: LedgerQuery) async throws {
        do {
            _ = try await ledger.usage(query, limit: 1, after: nil)
        } catch let error as LedgerError where error.isRetriable {
            throw Problem.unavailable("The ledger cannot be reached at the moment.", retryAfter: .seconds(2))
        }
    }
}
