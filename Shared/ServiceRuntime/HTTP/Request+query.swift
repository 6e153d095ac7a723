package import Domain
package import Hummingbird

extension Request {
    /// The parameters of the query in their order, read as forms are written (WHATWG URL, application/x-www-form-urlencoded):
    /// `+` is a space, in names as in values.
    ///
    /// Browsers' `URLSearchParams` and Python's `urlencode` write so; `uri.queryParameters` would leave the `+`. A part
    /// with a broken escape is taken as it stands.
    package var query: [(name: String, value: String)] {
        guard let text = uri.query else { return [] }
        return text.split(separator: "&").map { part in
            guard let equals = part.firstIndex(of: "=") else { return (formDecoded(part), "") }
            return (formDecoded(part[..<equals]), formDecoded(part[part.index(after: equals)...]))
        }
    }

    /// The first value of a parameter; nil when there is none.
    package func query(_ name: String) -> String? {
        query.first { $0.name == name }?.value
    }
}

extension Timestamp {
    /// An RFC 3339 time out of a query, where the `+` of an offset may have been sent as it is, and was read as a space.
    package init?(query text: String) {
        let time = Timestamp(rfc3339: text) ?? Timestamp(rfc3339: String(text.map { $0 == " " ? "+" : $0 }))
        guard let time else { return nil }
        self = time
    }
}

private func formDecoded(_ text: Substring) -> String {
    let spaced = text.utf8.contains(UInt8(ascii: "+")) ? String(text.map { $0 == "+" ? " " : $0 })[...] : text
    return percentDecoded(spaced) ?? String(text)
}
