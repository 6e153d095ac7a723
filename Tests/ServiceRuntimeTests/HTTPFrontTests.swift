import Domain
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging
import ServiceRuntime
import Testing

private struct Secretive: Error, CustomStringConvertible {
    let description = "password=hunter2"
}

private struct Full: AnswerableError {
    let problem = Problem.conflict("It is full.")
}

private struct Team: Decodable {
    let name: String
    let members: [Member]

    struct Member: Decodable {
        let age: Int
    }
}

@Suite struct HTTPFrontTests {
    let registry = PrometheusRegistry()
    let sink = LineCollector()

    func front(
        readiness: [ReadinessCheck] = [],
        routes: @escaping @Sendable (Router<OliverRequestContext>) -> Void = { _ in }
    ) -> HTTPFront {
        HTTPFront(
            parts: [ServiceParts(name: "test", readiness: readiness, routes: routes)],
            registry: registry,
            logger: LogSystem(sink: sink).logger(service: "test"),
            readinessTimeout: .milliseconds(200)
        )
    }

    func object(_ reply: HTTPReply) throws -> [String: AnyJSON] {
        try JSONDecoder().decode([String: AnyJSON].self, from: Data(reply.text.utf8))
    }

    @Test func `answers an unknown path with a 404 problem and a known one with 405 and its methods`() async throws {
        let front = front { router in
            router.get("v1/things/{id}") { _, _ in "thing" }
            router.delete("v1/things/{id}") { _, _ in "gone" }
        }
        let missing = try await front.send(.get, "/v1/nothing")
        #expect(missing.status == .notFound)
        #expect(missing.headers[.contentType] == "application/problem+json")
        #expect(try object(missing)["type"] == .string("urn:oliver:problem:not-found"))
        let wrong = try await front.send(.post, "/v1/things/7")
        #expect(wrong.status == .methodNotAllowed)
        #expect(wrong.headers[.allow] == "DELETE, GET, HEAD")
        #expect(try await front.send(.get, "/v1/things/7").text == "thing")
        #expect(try await front.send(.head, "/v1/things/7").status == .ok)
    }

    @Test func `knows the trace of a request, and only of that one`() async throws {
        let front = front { router in
            router.get("trace") { _, _ in TraceParent.current?.traceID ?? "none" }
        }
        let headers: HTTPFields = [.traceParent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"]
        #expect(try await front.send(.get, "/trace", headers: headers).text == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(try await front.send(.get, "/trace", headers: [.traceParent: "nonsense"]).text == "none")
        #expect(try await front.send(.get, "/trace").text == "none")
    }

    @Test func `names every answer by a request id and takes a sane one from the client`() async throws {
        let front = front { router in
            router.get("id") { _, context in context.requestID }
        }
        let first = try await front.send(.get, "/id")
        let second = try await front.send(.get, "/id")
        #expect(first.headers[.requestID] == first.text)
        #expect(first.text != second.text)
        #expect(try await front.send(.get, "/id", headers: [.requestID: "abc-1"]).text == "abc-1")
        let evil = try await front.send(.get, "/id", headers: [.requestID: "a b\"<script>"])
        #expect(!evil.text.contains("script"))
        let long = try await front.send(.get, "/id", headers: [.requestID: String(repeating: "a", count: 65)])
        #expect(long.text.count < 65)
    }

    @Test func `hides an unexpected error from the client and logs it under the request id`() async throws {
        let front = front { router in
            router.get("boom") { _, _ -> String in throw Secretive() }
        }
        let reply = try await front.send(.get, "/boom", headers: [.requestID: "r-1"])
        #expect(reply.status == .internalServerError)
        #expect(!reply.text.contains("hunter2"))
        #expect(try object(reply)["request_id"] == .string("r-1"))
        let line = try #require(sink.lines.first)
        #expect(line.contains("hunter2"))
        #expect(line.contains("\"request_id\":\"r-1\""))
    }

    @Test func `sends a problem with its extras, parameters and retry after`() async throws {
        let front = front { router in
            router.get("no") { _, _ -> String in
                throw Problem(
                    "budget-exceeded",
                    status: HTTPResponse.Status(code: 402),
                    title: "Over",
                    invalidParameters: [InvalidParameter("a.b", code: "required", detail: "is missing")],
                    retryAfter: .milliseconds(1500),
                    extras: [.init("budgets", [["id": "b1", "left": 0]])]
                )
            }
        }
        let reply = try await front.send(.get, "/no", headers: [.requestID: "r"])
        #expect(reply.status.code == 402)
        #expect(reply.headers[.retryAfter] == "2")
        #expect(
            reply.text == """
                {"type":"urn:oliver:problem:budget-exceeded","title":"Over","status":402,"request_id":"r",\
                "invalid_parameters":[{"name":"a.b","code":"required","detail":"is missing"}],"retry_after":2,\
                "budgets":[{"id":"b1","left":0}]}
                """
        )
    }

    @Test func `lets an error say itself what the client is told`() async throws {
        let front = front { router in
            router.get("full") { _, _ -> String in throw Full() }
        }
        let reply = try await front.send(.get, "/full")
        #expect(reply.status == .conflict)
        #expect(try object(reply)["detail"] == .string("It is full."))
        #expect(sink.lines.isEmpty)
    }

    @Test func `turns an HTTPError into a problem`() async throws {
        let front = front { router in
            router.get("teapot") { _, _ -> String in throw HTTPError(.conflict, message: "taken") }
        }
        let reply = try await front.send(.get, "/teapot")
        #expect(reply.status == .conflict)
        #expect(try object(reply)["detail"] == .string("taken"))
        #expect(try object(reply)["type"] == .string("urn:oliver:problem:conflict"))
    }

    @Test func `refuses a body over the limit, declared or not, and one cut short`() async throws {
        let front = front { router in
            router.post("size") { request, _ in String(try await request.readBody(limit: 10).readableBytes) }
        }
        #expect(try await front.send(.post, "/size", body: "0123456789").text == "10")
        #expect(try await front.send(.post, "/size", body: "0123456789a").status == .contentTooLarge)
        let undeclared = try await front.send(.post, "/size", headers: [.contentLength: "5"], body: "0123456789a")
        #expect(undeclared.status == .contentTooLarge)
        #expect(undeclared.headers[.connection] == "close")
        #expect(try await front.send(.post, "/size", headers: [.contentLength: "5"], body: "012").status == .badRequest)
    }

    @Test(
        arguments: [
            (#"{"name":"a","members":[{"age":1}]}"#, 200, nil),
            (#"{"name":"a","members":[{"age":1},{"age":"x"}]}"#, 422, "members[1].age"),
            (#"{"name":"a","members":[{}]}"#, 422, "members[0].age"),
            (#"{"members":[]}"#, 422, "name"),
            (#"{"name":null,"members":[]}"#, 422, "name"),
            (#"[]"#, 422, "body"),
            (#"{"name":"#, 400, nil),
            ("", 400, nil),
        ] as [(String, Int, String?)]
    )
    func `says which field of a JSON body is wrong`(body: String, status: Int, field: String?) async throws {
        let front = front { router in
            router.post("team") { request, context in
                try await request.decodeJSON(Team.self, limit: context.maxBodySize).name
            }
        }
        let reply = try await front.send(.post, "/team", headers: [.contentType: "application/json"], body: body)
        #expect(reply.status.code == status)
        if let field {
            #expect(reply.text.contains("\"invalid_parameters\":[{\"name\":\"\(field)\""))
        }
        let wrongType = try await front.send(.post, "/team", headers: [.contentType: "text/xml"], body: body)
        #expect(wrongType.status == .unsupportedMediaType)
    }

    @Test func `is ready only when all checks pass and names those that do not`() async throws {
        let good = ReadinessCheck("redis") { .ready }
        let bad = ReadinessCheck("postgres") { .notReady("connection refused") }
        // A hanging server holds its check up however often that is cancelled.
        let (hang, release) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingOldest(1))
        defer { release.finish() }
        let stuck = ReadinessCheck("slow") {
            await Task { for await _ in hang {} }.value
            return .ready
        }
        #expect(try await front(readiness: [good]).send(.get, "/readyz").status == .ok)
        let reply = try await front(readiness: [good, bad, stuck]).send(.get, "/readyz")
        #expect(reply.status == .serviceUnavailable)
        #expect(reply.text.contains("connection refused"))
        #expect(reply.text.contains("{\"name\":\"slow\",\"reason\":\"does not answer\"}"))
        #expect(!reply.text.contains("redis"))
        #expect(try await front(readiness: [bad]).send(.get, "/healthz").status == .ok)
    }

    @Test func `counts requests by route pattern, not by path`() async throws {
        let front = front { router in
            router.get("v1/things/{id}") { _, _ in "thing" }
        }
        for id in 0..<5 {
            _ = try await front.send(.get, "/v1/things/\(id)")
            _ = try await front.send(.get, "/scan/\(id)")
        }
        let metrics = try await front.send(.get, "/metrics")
        #expect(metrics.headers[.contentType]?.hasPrefix("text/plain") == true)
        let text = metrics.text
        #expect(
            text.contains(
                #"oliver_http_requests_total{method="GET",route="/v1/things/{id}",service="http",status="200"} 5"#
            )
        )
        #expect(
            text.contains(#"oliver_http_requests_total{method="GET",route="unmatched",service="http",status="404"} 5"#)
        )
        #expect(text.contains(#"oliver_http_requests_in_flight{service="http"} 1"#))
    }
}

/// Any JSON value, for looking into answers.
enum AnyJSON: Decodable, Equatable {
    case string(String)
    case number(Double)
    case other

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {
            self = .string(text)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else {
            self = .other
        }
    }
}
