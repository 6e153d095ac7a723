import FoundationEssentials

/// A request as it goes over the wire.
struct HTTPRequest: Sendable {
    var method: String
    var path: String
    var headers: [String: String] = [:]
    var body: [UInt8] = []

    /// A GET with a key.
    static func get(_ path: String, key: String? = nil) -> HTTPRequest {
        HTTPRequest(method: "GET", path: path, headers: bearer(key))
    }

    /// A POST of bytes with a key.
    static func post(
        _ path: String,
        key: String?,
        _ body: [UInt8],
        type: String = "application/json",
        encoding: String? = nil
    ) -> HTTPRequest {
        var headers = bearer(key)
        headers["Content-Type"] = type
        headers["Content-Encoding"] = encoding
        return HTTPRequest(method: "POST", path: path, headers: headers, body: body)
    }

    /// Usage events.
    static func record(_ body: String, key: String?) -> HTTPRequest {
        post("/v1/record", key: key, Array(body.utf8))
    }

    /// Head and body.
    var bytes: [UInt8] {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        if !body.isEmpty || method == "POST" { head += "Content-Length: \(body.count)\r\n" }
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        return Array((head + "\r\n").utf8) + body
    }

    private static func bearer(_ key: String?) -> [String: String] {
        key.map { ["Authorization": "Bearer \($0)"] } ?? [:]
    }
}

/// An answer.
struct HTTPAnswer: Sendable, CustomStringConvertible {
    var status: Int
    /// By lower-case name.
    var headers: [String: String] = [:]
    var body: [UInt8] = []

    var text: String { String(decoding: body, as: UTF8.self) }

    /// The start of the answer, for messages of failed tests.
    var description: String { "HTTP \(status) \(text.prefix(600))" }

    /// The JSON body.
    func decoded<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        do {
            return try jsonDecoder().decode(type, from: Data(body))
        } catch {
            throw UnexpectedAnswer(description: "\(self) is no \(type): \(error)")
        }
    }

    /// The JSON body of an answer that must have this status.
    func expecting<Value: Decodable>(_ status: Int, _ type: Value.Type = Value.self) throws -> Value {
        guard self.status == status else { throw UnexpectedAnswer(description: "not \(status): \(self)") }
        return try decoded(type)
    }
}

/// An answer that a test cannot go on with.
struct UnexpectedAnswer: Error, CustomStringConvertible {
    let description: String
}

/// A decoder that turns `cost_usd` into `costUsd`.
func jsonDecoder() -> JSONDecoder {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return decoder
}
