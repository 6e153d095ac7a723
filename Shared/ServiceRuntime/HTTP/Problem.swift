package import HTTPTypes
package import Hummingbird

/// One input that is at fault.
package struct InvalidParameter: Sendable, Hashable {
    /// The field, as a path such as `usage.input_tokens` or `events[3].model`.
    package let name: String
    /// A stable word for programs, for example `required`, `out_of_range`.
    package let code: String
    /// A sentence for people.
    package let detail: String

    package init(_ name: String, code: String, detail: String) {
        self.name = name
        self.code = code
        self.detail = detail
    }
}

/// An error answer as RFC 9457 describes it.
///
/// Throw it from a route.
///
/// Its texts go to the client: they must not hold a stack, SQL, a secret or another tenant's data (blueprint §9).
package struct Problem: Error, Sendable {
    /// The last part of the type: `budget-exceeded` of `urn:oliver:problem:budget-exceeded`.
    package var slug: String
    package var status: HTTPResponse.Status
    package var title: String
    package var detail: String?
    package var invalidParameters: [InvalidParameter]
    /// When to try again; sent as `Retry-After` and as `retry_after`, in whole seconds, rounded up.
    package var retryAfter: Duration?
    /// Further members of the body.
    package var extras: [JSONValue.Member]
    /// Further headers.
    package var headers: HTTPFields

    package init(
        _ slug: String,
        status: HTTPResponse.Status,
        title: String,
        detail: String? = nil,
        invalidParameters: [InvalidParameter] = [],
        retryAfter: Duration? = nil,
        extras: [JSONValue.Member] = [],
        headers: HTTPFields = [:]
    ) {
        self.slug = slug
        self.status = status
        self.title = title
        self.detail = detail
        self.invalidParameters = invalidParameters
        self.retryAfter = retryAfter
        self.extras = extras
        self.headers = headers
    }

    /// The stable name of this kind of problem.
    package var type: String {
        "urn:oliver:problem:\(slug)"
    }

    /// Writes the problem as a JSON object: the body of an answer, or one item of a batch's answer.
    package func write(to writer: inout JSONWriter, requestID: String? = nil) {
        writer.beginObject()
        writer.member("type", type)
        writer.member("title", title)
        writer.member("status", status.code)
        if let detail {
            writer.member("detail", detail)
        }
        if let requestID {
            writer.member("request_id", requestID)
        }
        if !invalidParameters.isEmpty {
            writer.key("invalid_parameters")
            writer.beginArray()
            for parameter in invalidParameters {
                parameter.write(to: &writer)
            }
            writer.endArray()
        }
        if let retryAfter {
            writer.member("retry_after", retryAfter.secondsRoundedUp)
        }
        for extra in extras {
            writer.key(extra.name)
            writer.value(extra.value)
        }
        writer.endObject()
    }

    /// The problem as an answer.
    package func response(requestID: String?) -> Response {
        var writer = JSONWriter()
        write(to: &writer, requestID: requestID)
        var headers = headers
        headers[.contentType] = "application/problem+json"
        if let retryAfter {
            headers[.retryAfter] = String(retryAfter.secondsRoundedUp)
        }
        return Response(
            status: status,
            headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: writer.bytes))
        )
    }
}

extension Problem: HTTPResponseError {
    package func response(from request: Request, context: some RequestContext) throws -> Response {
        response(requestID: (context as? OliverRequestContext)?.requestID)
    }
}

extension InvalidParameter {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("name", name)
        writer.member("code", code)
        writer.member("detail", detail)
        writer.endObject()
    }
}

extension Duration {
    /// Whole seconds, rounded up, at least 1: `Retry-After: 0` would ask for an instant retry.
    package var secondsRoundedUp: Int64 {
        let (seconds, attoseconds) = components
        return max(1, attoseconds > 0 ? seconds + 1 : seconds)
    }
}
