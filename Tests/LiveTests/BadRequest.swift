import Testing

/// A request that is refused as a whole.
struct BadRequest {
    let name: String
    let request: HTTPRequest
    let status: Int
    let slug: String

    /// Checks that the answer is the problem that belongs to it.
    func check(_ answer: HTTPAnswer) throws {
        #expect(answer.status == status, "\(name): \(answer)")
        #expect(answer.headers["content-type"] == "application/problem+json", "\(name)")
        let problem = try answer.decoded(ProblemAnswer.self)
        #expect(problem.slug == slug, "\(name): \(answer)")
        #expect(problem.status == status, "\(name)")
        #expect(problem.requestId?.isEmpty == false, "\(name)")
    }

    static func all(_ keys: Keys) -> [BadRequest] {
        unreadable(keys.record) + tooLarge(keys.record) + refused(keys)
    }

    private static func unreadable(_ key: String) -> [BadRequest] {
        let event = LiveSuite.BadInputTests.event("bad")
        let bodies: [(String, [UInt8])] = [
            ("broken JSON", Array(#"{"event_id":"x","usage":{"input_tokens":1}"#.utf8)),
            ("no JSON at all", Array("hello".utf8)),
            ("an empty body", []),
            ("two documents", Array("\(event)\(event)".utf8)),
            ("NaN", Array(LiveSuite.BadInputTests.event("bad", usage: #"{"input_tokens":NaN}"#).utf8)),
            ("Infinity", Array(LiveSuite.BadInputTests.event("bad", usage: #"{"input_tokens":-Infinity}"#).utf8)),
            ("a raw NUL byte in a name", Array(#"{"event_id":"a"#.utf8) + [0] + Array(#"b"}"#.utf8)),
            ("nesting without end", Array(String(repeating: "[", count: 200_000).utf8)),
            ("nested members without end", Array(String(repeating: #"{"a":"#, count: 200_000).utf8)),
        ]
        let plain = bodies.map { name, body in
            BadRequest(name: name, request: .post("/v1/record", key: key, body), status: 400, slug: "bad-request")
        }
        let packed = HTTPRequest.post("/v1/record", key: key, Array("no gzip".utf8), encoding: "gzip")
        let cut = HTTPRequest.post("/v1/record", key: key, gzipped(Array(event.utf8)).dropLast(5), encoding: "gzip")
        let brotli = HTTPRequest.post("/v1/record", key: key, Array(event.utf8), encoding: "br")
        return plain + [
            BadRequest(name: "broken gzip", request: packed, status: 400, slug: "bad-request"),
            BadRequest(name: "half a gzip", request: cut, status: 400, slug: "bad-request"),
            BadRequest(name: "brotli", request: brotli, status: 415, slug: "unsupported-media-type"),
        ]
    }

    private static func tooLarge(_ key: String) -> [BadRequest] {
        let events = (0...1_000).map { LiveSuite.BadInputTests.event("many-\($0)") }
        let spaces = [UInt8](repeating: UInt8(ascii: " "), count: 5 << 20)
        // 256 MiB of spaces in 256 KiB.
        let bomb = gzipped([UInt8](repeating: UInt8(ascii: " "), count: 256 << 20))
        let requests: [(String, HTTPRequest)] = [
            ("1,001 events", .record("[\(events.joined(separator: ","))]", key: key)),
            ("1,001 events in an object", .record(#"{"events":[\#(events.joined(separator: ","))]}"#, key: key)),
            (
                "1,001 lines",
                .post("/v1/record", key: key, Array(events.joined(separator: "\n").utf8), type: "application/x-ndjson")
            ),
            ("5 MiB", .post("/v1/record", key: key, spaces)),
            ("a gzip bomb", .post("/v1/record", key: key, bomb, encoding: "gzip")),
        ]
        return requests.map { BadRequest(name: $0, request: $1, status: 413, slug: "too-large") }
    }

    private static func refused(_ keys: Keys) -> [BadRequest] {
        let event = LiveSuite.BadInputTests.event("refused")
        let unknown = "olv_" + String(repeating: "0", count: 30)
        return [
            BadRequest(name: "no key", request: .record(event, key: nil), status: 401, slug: "unauthorized"),
            BadRequest(
                name: "an unknown key",
                request: .record(event, key: unknown),
                status: 401,
                slug: "unauthorized"
            ),
            BadRequest(name: "no key's form", request: .record(event, key: "x"), status: 401, slug: "unauthorized"),
            BadRequest(
                name: "a revoked key",
                request: .record(event, key: keys.revoked),
                status: 401,
                slug: "unauthorized"
            ),
            BadRequest(
                name: "the wrong scope",
                request: .record(event, key: keys.read),
                status: 403,
                slug: "forbidden"
            ),
            BadRequest(
                name: "no such path",
                request: .get("/v1/nothing", key: keys.record),
                status: 404,
                slug: "not-found"
            ),
            BadRequest(
                name: "another method",
                request: .get("/v1/record", key: keys.record),
                status: 405,
                slug: "method-not-allowed"
            ),
        ]
    }
}
