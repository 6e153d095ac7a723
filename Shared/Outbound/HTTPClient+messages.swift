extension HTTPClient {
    /// A request's method.
    package enum Method: String, Hashable, Sendable, CaseIterable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"

        /// Whether servers expect a body, be it an empty one.
        var hasBody: Bool { self != .get && self != .delete }
    }

    /// What is asked.
    package struct Request: Sendable {
        package var method: Method
        /// An `http` or `https` URL, percent-encoded.
        package var url: String
        /// Names and values; those that HTTP itself needs are added.
        package var headers: [(name: String, value: String)]
        package var body: [UInt8]?

        package init(
            _ method: Method,
            _ url: String,
            headers: [(name: String, value: String)] = [],
            body: [UInt8]? = nil
        ) {
            self.method = method
            self.url = url
            self.headers = headers
            self.body = body
        }
    }

    /// What a server answered.
    package struct Response: Sendable {
        package let status: Int
        /// In their order; names as they came.
        package let headers: [(name: String, value: String)]
        package let body: [UInt8]

        /// The first value of a header; its name may be written in any case.
        package func header(_ name: String) -> String? {
            let name = name.lowercased()
            return headers.first { $0.name.lowercased() == name }?.value
        }
    }
}

extension HTTPClient.Request {
    /// The headers as libcurl takes them.
    ///
    /// - Throws: `OutboundError` for what would not stay one header; it does not say the value.
    func headerLines() throws(OutboundError) -> [String] {
        var lines: [String] = []
        for (name, value) in headers {
            let isToken = !name.isEmpty && name.utf8.allSatisfy { Self.tokenBytes.contains($0) }
            guard isToken, value.utf8.allSatisfy(\.isFieldText) else {
                throw OutboundError(.invalid, "a header is not plain text")
            }
            // "Name:" would leave the header out.
            lines.append(value.allSatisfy { $0 == " " || $0 == "\t" } ? "\(name);" : "\(name): \(value)")
        }
        // libcurl would wait for a "100 Continue" before large bodies, and call all bodies forms.
        lines.append("Expect:")
        if !headers.contains(where: { $0.name.lowercased() == "content-type" }) { lines.append("Content-Type:") }
        return lines
    }

    private static let tokenBytes = Set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~".utf8
    )
}

extension HTTPClient.Response {
    /// Reads the lines of all heads that came: interim answers' do not count, nor what follows the body.
    ///
    /// It fails when the last head has no end, which libcurl passes over.
    init?(status: Int, lines: [[UInt8]], body: [UInt8]) {
        guard let start = lines.lastIndex(where: { $0.starts(with: "HTTP/".utf8) }) else { return nil }
        guard let end = lines[start...].firstIndex(of: []) else { return nil }
        var headers: [(name: String, value: String)] = []
        for line in lines[(start + 1)..<end] {
            // What no request could have is not passed on either.
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), line.allSatisfy(\.isFieldText) else { continue }
            let value = line[(colon + 1)...].trimmed
            headers.append((String(decoding: line[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self)))
        }
        self.init(status: status, headers: headers, body: body)
    }
}

extension UInt8 {
    /// Whether a header's value may have this byte.
    fileprivate var isFieldText: Bool { (self >= 0x20 && self != 0x7F) || self == UInt8(ascii: "\t") }
}

extension ArraySlice<UInt8> {
    /// Without spaces and tabs around it.
    fileprivate var trimmed: ArraySlice<UInt8> {
        let isSpace = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        guard let first = firstIndex(where: { !isSpace($0) }), let last = lastIndex(where: { !isSpace($0) }) else {
            return []
        }
        return self[first...last]
    }
}
