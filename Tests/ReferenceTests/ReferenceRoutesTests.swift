import HTTPTypes
import Hummingbird
import Logging
import Reference
import ServiceRuntime
import TestSupport
import Testing

@Suite struct ReferenceRoutesTests {
    private let front: HTTPFront

    init() throws {
        front = HTTPFront(parts: [try ReferenceRoutes.parts()], registry: .init(), logger: .quiet)
    }

    @Test func `the document is served as JSON, and not again to who has it`() async throws {
        let first = try await front.send(.get, "/openapi.json")
        #expect(first.status == .ok)
        #expect(first.headers[.contentType] == "application/json")
        #expect(try JSONValue(parsing: Array(first.text.utf8))["openapi"] == "3.1.0")
        let tag = try #require(first.headers[.eTag])
        let again = try await front.send(.get, "/openapi.json", headers: [.ifNoneMatch: tag])
        #expect(again.status == .notModified)
        #expect(again.text.isEmpty)
    }

    @Test func `the page shows every operation, loads nothing and lets only its own script run`() async throws {
        let reply = try await front.send(.get, "/reference")
        let policy = try #require(reply.headers[.contentSecurityPolicy])
        #expect(policy.hasPrefix("default-src 'none'; style-src 'sha256-"))
        #expect(!policy.contains("unsafe"))
        for operation in ["record", "preflight", "listBudgets", "pivot", "createChannel", "getHealth"] {
            #expect(reply.text.contains("<article id=\"\(operation)\">"), "\(operation)")
        }
        for loader in [" src=", "<link", "@import", "url(", "fetch(", " style=\"", " onclick="] {
            #expect(!reply.text.contains(loader), "\(loader)")
        }
    }
}
