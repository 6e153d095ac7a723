internal import Access
internal import HTTPTypes
package import Hummingbird
package import ServiceRuntime
internal import Streams
internal import Wire

/// `POST /v1/traces`: OTLP/HTTP; spans of AI calls become usage events, others are counted and ignored.
package struct TracesRoute: Sendable {
    private let desk: IntakeDesk

    package init(desk: IntakeDesk) {
        self.desk = desk
    }

    /// Adds the route.
    ///
    /// Its errors are told of as OTLP wants it: in JSON, when the request is in no encoding of OTLP.
    package func add(to router: Router<OliverRequestContext>) {
        router.post("/v1/traces") { request, context in
            do {
                return try await export(request, context)
            } catch {
                let problem = try Problem.telling(of: error, path: request.uri.path, context)
                return try problem.response(in: OTLPEncoding(mediaType: request.mediaType) ?? .json)
            }
        }
    }

    private func export(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        let caller = try await desk.caller(of: request)
        guard let encoding = OTLPEncoding(mediaType: request.mediaType) else {
            throw Problem.unsupportedMediaType("Send application/x-protobuf or application/json.")
        }
        let body = try await desk.body(of: request, limit: context.maxBodySize)
        let spans = ReportedSpans(try encoding.decode(body), settings: desk.configuration.traces)
        var tally = SpanTally(spans)
        let reports = spans.reports
        let limit = desk.configuration.batchLimit
        for start in stride(from: 0, to: reports.count, by: limit) {
            let part = reports[start..<min(start + limit, reports.count)]
            let uses = part.map { $0.use(window: desk.configuration.traces.window) }
            tally.add(try await desk.take(try part.map { try $0.item() }, from: caller, reports: uses))
        }
        desk.metrics.exported(tally)
        // The exporter sends all of it again; what is in the stream already is then a duplicate.
        if let problem = tally.retriable { throw problem }
        return Response(
            status: .ok,
            headers: [.contentType: encoding.mediaType],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try encoding.encode(tally.answer)))
        )
    }
}

extension SpanReport {
    /// That it waits for richer reports on the call; nil when there can be none.
    func use(window: Duration) -> ReportUse? {
        isShared && window > .zero ? ReportUse(rank: rank, window: window) : nil
    }

    /// The report as an item of a request.
    func item() throws -> RecordBody.Item {
        guard let item = try RecordBody(json: event.bytes, limit: 1).items.first else { throw Problem.internalError() }
        return item
    }
}

/// The calls that an export tells of, each once.
struct ReportedSpans {
    /// The richest report on each call, in the order in which the calls appear.
    private(set) var reports: [SpanReport] = []
    /// Spans that tell of no call.
    private(set) var ignored = 0
    /// Spans that tell of a call of which another tells more.
    private(set) var merged = 0
    /// Spans that tell of a call and do not say of which.
    private(set) var nameless = 0

    private var places: [String: Int] = [:]

    init(_ request: OTLPExportTraceServiceRequest, settings: TraceSettings) {
        let names = settings.names
        for group in request.resourceSpans {
            let resource = SpanResource(group.resource, names: names)
            for span in group.scopeSpans.lazy.flatMap(\.spans) {
                do throws(SpanReport.Nameless) {
                    guard let report = try SpanReport(span, resource: resource, settings: settings) else {
                        ignored += 1
                        continue
                    }
                    add(report)
                } catch {
                    nameless += 1
                }
            }
        }
    }

    private mutating func add(_ report: SpanReport) {
        guard let place = places[report.eventID] else {
            places[report.eventID] = reports.count
            reports.append(report)
            return
        }
        merged += 1
        if report.rank > reports[place].rank { reports[place] = report }
    }
}

/// What became of the spans of an export.
struct SpanTally {
    let ignored: Int
    var merged: Int
    private(set) var recorded = 0
    private(set) var rejected: Int
    /// Why the export must be sent again, if it must.
    private(set) var retriable: Problem?
    private var reasons: [String] = []

    init(_ spans: ReportedSpans) {
        ignored = spans.ignored
        merged = spans.merged
        rejected = spans.nameless
        if rejected > 0 { reasons.append("\(rejected) spans: \(SpanReport.Nameless.reason)") }
    }

    mutating func add(_ intake: Intake) {
        for item in intake.items {
            switch item.outcome {
            case .accepted, .duplicate: recorded += 1
            // Another span told of this call in an export before: that report stands.
            case .rejected(let problem) where problem.status == .conflict: merged += 1
            case .rejected(let problem) where problem.status == .serviceUnavailable: retriable = problem
            case .rejected(let problem):
                rejected += 1
                if reasons.count < 8 { reasons.append("\(item.eventID): \(problem.detail ?? problem.title)") }
            // Exporters do not send again what was answered 500.
            case nil: retriable = .unavailable("Nothing is known of an event. Send the same events again.")
            }
        }
    }

    /// The answer: empty, unless spans were rejected, which the exporter must not send again.
    var answer: OTLPExportTraceServiceResponse {
        var answer = OTLPExportTraceServiceResponse()
        guard rejected > 0 else { return answer }
        answer.partialSuccess.rejectedSpans = Int64(rejected)
        answer.partialSuccess.errorMessage = reasons.joined(separator: "; ")
        return answer
    }
}
