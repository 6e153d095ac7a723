package import HTTPTypes

extension Problem {
    /// 400: the request cannot be understood at all.
    package static func badRequest(_ detail: String) -> Problem {
        Problem("bad-request", status: .badRequest, title: "The request cannot be read", detail: detail)
    }

    /// 401: no key, or one that is wrong, expired or revoked.
    package static func unauthorized(_ detail: String, title: String = "A valid API key is needed") -> Problem {
        Problem(
            "unauthorized",
            status: .unauthorized,
            title: title,
            detail: detail,
            headers: [.wwwAuthenticate: "Bearer realm=\"oliver\""]
        )
    }

    /// 403: a good key that may not do this.
    package static func forbidden(_ detail: String) -> Problem {
        Problem("forbidden", status: .forbidden, title: "The API key does not allow this", detail: detail)
    }

    /// 404: nothing is there, or nothing the caller may know of.
    package static func notFound(_ detail: String) -> Problem {
        Problem("not-found", status: .notFound, title: "Not found", detail: detail)
    }

    /// 405: the path exists for other methods.
    package static func methodNotAllowed(allow: [HTTPRequest.Method]) -> Problem {
        let names = allow.map(\.rawValue).sorted().joined(separator: ", ")
        return Problem(
            "method-not-allowed",
            status: .methodNotAllowed,
            title: "The method is not allowed here",
            detail: "This path allows \(names).",
            headers: [.allow: names]
        )
    }

    /// 409: the request contradicts what is stored.
    package static func conflict(_ detail: String) -> Problem {
        Problem("conflict", status: .conflict, title: "The request conflicts with what is stored", detail: detail)
    }

    /// 410: it was there and has ended.
    package static func gone(_ detail: String) -> Problem {
        Problem("gone", status: .gone, title: "No longer there", detail: detail)
    }

    /// 412: the edit was made from another version.
    package static func outdated(_ detail: String) -> Problem {
        Problem(
            "precondition-failed",
            status: .preconditionFailed,
            title: "It has changed since it was read",
            detail: detail
        )
    }

    /// 413: more than the limit.
    ///
    /// The connection is closed, so that the client stops sending.
    package static func tooLarge(_ detail: String) -> Problem {
        Problem(
            "too-large",
            status: .contentTooLarge,
            title: "The request is too large",
            detail: detail,
            headers: [.connection: "close"]
        )
    }

    /// 415: a content type or encoding that the route does not read.
    package static func unsupportedMediaType(_ detail: String) -> Problem {
        Problem(
            "unsupported-media-type",
            status: .unsupportedMediaType,
            title: "The content type is not supported",
            detail: detail
        )
    }

    /// 422: readable, but fields are wrong.
    package static func invalid(_ parameters: [InvalidParameter], detail: String? = nil) -> Problem {
        Problem(
            "invalid-parameters",
            status: .unprocessableContent,
            title: "Some fields are not valid",
            detail: detail ?? parameters.first.map { "\($0.name): \($0.detail)" },
            invalidParameters: parameters
        )
    }

    /// 422: one field is wrong.
    package static func invalid(_ name: String, code: String, detail: String) -> Problem {
        invalid([InvalidParameter(name, code: code, detail: detail)])
    }

    /// 429: too many requests; never used for budgets.
    package static func rateLimited(retryAfter: Duration) -> Problem {
        Problem(
            "rate-limited",
            status: .tooManyRequests,
            title: "Too many requests",
            detail: "The API key sends more than its rate limit allows.",
            retryAfter: retryAfter
        )
    }

    /// 503: cannot be done now, but later.
    package static func unavailable(_ detail: String, retryAfter: Duration = .seconds(1)) -> Problem {
        Problem(
            "unavailable",
            status: .serviceUnavailable,
            title: "Not available at the moment",
            detail: detail,
            retryAfter: retryAfter
        )
    }

    /// 500: our fault.
    ///
    /// The log has the reason under the request's id.
    package static func internalError() -> Problem {
        Problem(
            "internal-error",
            status: .internalServerError,
            title: "Something went wrong on our side",
            detail: "The server's log has the details under the request id."
        )
    }

    /// The problem of a bare status.
    static func ofStatus(_ status: HTTPResponse.Status, detail: String?) -> Problem {
        let slug = status.reasonPhrase.lowercased().split(whereSeparator: { !$0.isLetter }).joined(separator: "-")
        return Problem(
            slug.isEmpty ? "http-\(status.code)" : slug,
            status: status,
            title: status.reasonPhrase.isEmpty ? "HTTP status \(status.code)" : status.reasonPhrase,
            detail: detail
        )
    }
}
