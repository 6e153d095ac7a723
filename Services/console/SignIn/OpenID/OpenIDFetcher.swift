internal import Outbound
internal import ServiceRuntime

/// Talks to a provider: small JSON documents, bounded in size and time; redirects are not followed.
struct OpenIDFetcher: Sendable {
    /// Several, since a fetch may take seconds and sign-ins do not wait for each other; not more, since each has a
    /// thread and anybody can begin a sign-in.
    private let http = HTTPClient(connections: 8)

    private static let limits = HTTPClient.Limits(bytes: 512 << 10, time: .seconds(10), connecting: .seconds(5))

    /// Gets a document.
    func get(_ url: String, bearer: String? = nil) async throws(OpenIDFailure) -> JSONValue {
        var request = HTTPClient.Request(.get, url)
        if let bearer { request.headers.append(("Authorization", "Bearer \(bearer)")) }
        return try await send(request)
    }

    /// Sends a form.
    func post(
        _ url: String,
        form: [(String, String)],
        basic: (user: String, password: String)? = nil
    ) async throws(OpenIDFailure) -> JSONValue {
        var request = HTTPClient.Request(.post, url, body: Array(FormText.encode(form).utf8))
        request.headers.append(("Content-Type", "application/x-www-form-urlencoded"))
        if let basic {
            let pair = "\(FormText.encode(basic.user)):\(FormText.encode(basic.password))"
            request.headers.append(("Authorization", "Basic \(Base64.encode(Array(pair.utf8)))"))
        }
        return try await send(request)
    }

    /// Sends a JSON document.
    func post(_ url: String, json: JSONValue, bearer: String) async throws(OpenIDFailure) -> JSONValue {
        var request = HTTPClient.Request(.post, url, body: json.bytes)
        request.headers = [("Content-Type", "application/json"), ("Authorization", "Bearer \(bearer)")]
        return try await send(request)
    }

    private func send(_ request: HTTPClient.Request) async throws(OpenIDFailure) -> JSONValue {
        var request = request
        request.headers += [("Accept", "application/json"), ("User-Agent", "oliver")]
        let answer: HTTPClient.Response
        do {
            answer = try await http.send(request, within: Self.limits)
        } catch {
            throw .unavailable("the provider does not answer")
        }
        let json = try? JSONValue(parsing: answer.body)
        guard answer.status == 200 else {
            // `error` is a fixed word (RFC 6749, 5.2); nothing else of the answer is repeated.
            let word = json?["error"]?.text.map { String($0.prefix(64)) } ?? "no reason"
            let text = "the provider answers \(answer.status): \(word)"
            throw answer.status >= 500 || answer.status == 429 ? .unavailable(text) : .refused(text)
        }
        guard let json else { throw .unavailable("the provider does not answer with JSON") }
        return json
    }
}

/// Texts as forms and queries have them.
enum FormText {
    private static let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)

    static func encode(_ text: String) -> String {
        var encoded: [UInt8] = []
        for byte in text.utf8 {
            if plain.contains(byte) {
                encoded.append(byte)
            } else {
                encoded +=
                    Array("%".utf8)
                    + Array((byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)).flatMap(\.utf8)
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    static func encode(_ pairs: [(String, String)]) -> String {
        pairs.map { "\(encode($0.0))=\(encode($0.1))" }.joined(separator: "&")
    }
}

/// Base 64 with padding, as `Authorization: Basic` has it.
enum Base64 {
    static func encode(_ bytes: [UInt8]) -> String {
        let text = Base64URL.encode(bytes).map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }
        return String(text) + String(repeating: "=", count: (4 - text.count % 4) % 4)
    }
}
