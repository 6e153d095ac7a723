package import HTTPTypes

extension HTTPField.Name {
    /// `x-request-id`: names a request in answers, problems and logs.
    package static let requestID = makeName("x-request-id")
    /// `idempotency-key`: makes a retried request safe.
    package static let idempotencyKey = makeName("idempotency-key")

    /// `x-csrf-token`: proves that a page of ours sent a change.
    package static let csrfToken = makeName("x-csrf-token")
    /// `sec-fetch-site`: what the browser says about who sent a request.
    package static let secFetchSite = makeName("sec-fetch-site")
    /// `x-forwarded-for`: whom proxies forward a request for.
    static let forwardedFor = makeName("x-forwarded-for")
    /// `oliver-import`: the events of the request are another system's past.
    package static let oliverImport = makeName("oliver-import")
    /// `traceparent`: the trace that a request belongs to (W3C).
    package static let traceParent = makeName("traceparent")

    private static func makeName(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is no header name") }
        return name
    }
}

extension HTTPFields {
    /// A field's value, as the subscript gives it, without making a new text of the one field that there nearly always
    /// is.
    package func value(of name: HTTPField.Name) -> String? {
        var found: String?
        for field in self where field.name == name {
            if found != nil { return self[name] }
            found = field.value
        }
        return found
    }
}
