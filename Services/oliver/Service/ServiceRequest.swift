/// One request to the HTTP API.
struct ServiceRequest: Sendable {
    enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    let method: Method
    /// Begins with a slash; what is not letters, digits or `-._~/` is percent-encoded.
    let path: String
    private var query: [(name: String, value: String)] = []
    /// JSON; `nil` for none.
    let body: [UInt8]?
    /// Headers beside those that every request has.
    var headers: [(name: String, value: String)] = []

    /// Makes a request for a path whose parts may be any text.
    init(_ method: Method, _ path: String..., body: [UInt8]? = nil) {
        self.method = method
        self.path = Self.escaped(path.joined(separator: "/"), keeping: "/")
        self.body = body
    }

    /// Adds a parameter to the query; without a value it is left out.
    mutating func add(_ name: String, _ value: String?) {
        if let value { query.append((name, value)) }
    }

    /// Adds a parameter for each value.
    mutating func add(_ name: String, _ values: [String]) {
        for value in values { add(name, value) }
    }

    /// Path and query.
    var target: String {
        guard !query.isEmpty else { return path }
        let pairs = query.map { "\(Self.escaped($0.name))=\(Self.escaped($0.value))" }
        return "\(path)?\(pairs.joined(separator: "&"))"
    }

    private static let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)

    private static func escaped(_ text: String, keeping kept: String = "") -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if plain.contains(byte) || kept.utf8.contains(byte) {
                bytes.append(byte)
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                bytes.append(contentsOf: (byte < 16 ? "%0" : "%").utf8)
                bytes.append(contentsOf: digits.utf8)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
