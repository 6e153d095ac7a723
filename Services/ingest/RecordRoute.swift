internal import Access
internal import HTTPTypes
package import Hummingbird
package import ServiceRuntime
internal import UsageExtraction
internal import Wire

/// `POST /v1/record`: checks each item by itself and answers once all that is accepted is durably in the stream.
package struct RecordRoute: Sendable {
    private let desk: IntakeDesk

    package init(desk: IntakeDesk) {
        self.desk = desk
    }

    /// Adds the route.
    package func add(to router: Router<OliverRequestContext>) {
        router.post("/v1/record") { request, context in
            try await record(request, context)
        }
    }

    private func record(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        // The past of another system may be of any age. It changes closed months, as only corrections do.
        let isImport = request.headers.contains(.oliverImport)
        let caller = try await desk.caller(of: request, needing: isImport ? [.record, .prices] : .record)
        let bytes = try await desk.body(of: request, limit: context.maxBodySize)
        let items = try items(of: bytes, isNDJSON: request.isNDJSON)
        let intake = try await desk.take(items, from: caller, isImport: isImport)
        return .json(intake.answer(), status: .accepted)
    }

    private func items(of bytes: [UInt8], isNDJSON: Bool) throws(Problem) -> [RecordBody.Item] {
        let limit = desk.configuration.batchLimit
        do throws(RecordBody.Failure) {
            return try isNDJSON
                ? RecordBody(ndjson: bytes, limit: limit, rawUsage: UsageExtraction.reader).items
                : RecordBody(json: bytes, limit: limit, rawUsage: UsageExtraction.reader).items
        } catch {
            switch error {
            case .syntax(let error):
                throw .badRequest("The body is not valid JSON: at byte \(error.offset) \(error.reason).")
            case .tooManyItems: throw .tooLarge("A request may hold \(limit) events: send them in several.")
            }
        }
    }
}

extension Request {
    fileprivate var isNDJSON: Bool {
        switch mediaType {
        case "application/x-ndjson", "application/ndjson", "application/jsonl": true
        default: false
        }
    }
}
