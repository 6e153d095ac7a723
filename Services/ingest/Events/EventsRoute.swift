internal import Access
internal import HTTPTypes
package import Hummingbird
package import ServiceRuntime
internal import UsageExtraction
internal import Wire

/// `POST /v1/events`: CloudEvents 1.0 over HTTP, one in structured or binary mode, or a batch.
package struct EventsRoute: Sendable {
    private let desk: IntakeDesk

    package init(desk: IntakeDesk) {
        self.desk = desk
    }

    /// Adds the route.
    package func add(to router: Router<OliverRequestContext>) {
        router.post("/v1/events") { request, context in
            try await receive(request, context)
        }
    }

    /// A batch is answered item by item; a single event that is rejected is the answer's own problem, for brokers look at
    /// the status only.
    private func receive(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        let caller = try await desk.caller(of: request)
        let mode = try Mode(of: request)
        let body = try JSONValue(body: try await desk.body(of: request, limit: context.maxBodySize))
        let intake = try await desk.take(try items(of: body, mode, request.headers), from: caller)
        if mode != .batch, case .rejected(let problem)? = intake.items.first?.outcome { throw problem }
        return .json(intake.answer(), status: .accepted)
    }

    private func items(of body: JSONValue, _ mode: Mode, _ headers: HTTPFields) throws -> [RecordBody.Item] {
        switch mode {
        case .structured: return [item { () throws(FieldProblems) in try CloudEvent(body) }]
        case .binary: return [item { () throws(FieldProblems) in try CloudEvent(headers: headers, body: body) }]
        case .batch:
            guard let envelopes = body.list else { throw Problem.badRequest("A batch is an array of events.") }
            let limit = desk.configuration.batchLimit
            guard envelopes.count <= limit else {
                throw Problem.tooLarge("A request may hold \(limit) events: send them in several.")
            }
            return envelopes.map { envelope in
                item { () throws(FieldProblems) in try CloudEvent(envelope) }
            }
        }
    }

    private func item(_ read: () throws(FieldProblems) -> CloudEvent) -> RecordBody.Item {
        let event: CloudEvent
        do throws(FieldProblems) {
            event = try read()
        } catch {
            return .invalid(error)
        }
        return RecordBody.item(event.event.bytes, rawUsage: UsageExtraction.reader)
    }

    /// How events stand in a request.
    private enum Mode {
        case structured, binary, batch

        init(of request: Request) throws(Problem) {
            let mediaType = request.mediaType
            switch mediaType {
            case "application/cloudevents+json": self = .structured
            case "application/cloudevents-batch+json": self = .batch
            case nil, "application/json":
                guard HTTPField.Name("ce-specversion").map(request.headers.contains) == true else {
                    throw .badRequest("A CloudEvent in binary mode has the header ce-specversion.")
                }
                self = .binary
            default:
                throw .unsupportedMediaType(
                    "Send application/cloudevents+json, application/cloudevents-batch+json, or JSON with ce- headers."
                )
            }
        }
    }
}
