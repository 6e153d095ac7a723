internal import HTTPTypes
internal import Hummingbird
internal import ServiceRuntime
internal import SwiftProtobuf

extension Problem {
    /// The problem as OTLP/HTTP tells of one: a `google.rpc.Status`, in the encoding of the request.
    ///
    /// The HTTP status says whether an exporter sends again (429 and 503, after `Retry-After`); what is in the body is for
    /// people.
    func response(in encoding: OTLPEncoding) throws -> Response {
        var headers = headers
        headers[.contentType] = encoding.mediaType
        if let retryAfter {
            headers[.retryAfter] = String(retryAfter.secondsRoundedUp)
        }
        let body = ByteBuffer(bytes: try encoding.encode(rpcStatus()))
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: body))
    }

    /// The body of such an answer.
    func rpcStatus() throws -> RPCStatus {
        var answer = RPCStatus()
        answer.code = rpcCode
        answer.message = detail.map { "\(title): \($0)" } ?? title
        if let faults = badRequest {
            answer.details = [try Google_Protobuf_Any(message: faults)]
        }
        return answer
    }

    /// What is wrong with the request; nil when it is not the request that is wrong.
    private var badRequest: RPCBadRequest? {
        var faults = invalidParameters.map { ($0.name, $0.detail) }
        if faults.isEmpty, status == .badRequest { faults = [("body", detail ?? title)] }
        guard !faults.isEmpty else { return nil }
        var answer = RPCBadRequest()
        answer.fieldViolations = faults.map { field, description in
            var violation = RPCBadRequest.FieldViolation()
            violation.field = field
            violation.description_p = description
            return violation
        }
        return answer
    }

    /// The number of `google.rpc.Code` that belongs to the HTTP status.
    private var rpcCode: Int32 {
        switch status.code {
        case 401: 16  // UNAUTHENTICATED
        case 403: 7  // PERMISSION_DENIED
        case 404: 5  // NOT_FOUND
        case 413, 429: 8  // RESOURCE_EXHAUSTED
        case 503: 14  // UNAVAILABLE
        case 400..<500: 3  // INVALID_ARGUMENT
        default: 13  // INTERNAL
        }
    }
}
