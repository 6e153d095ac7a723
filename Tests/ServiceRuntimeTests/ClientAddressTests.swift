import HTTPTypes
import Hummingbird
import Logging
import ServiceRuntime
import Testing

@Suite struct `Where a request came from` {
    /// What a route sees as the client's address.
    private func seen(_ forwarded: String..., behind proxies: Int) async throws -> String {
        var configuration = HTTPConfiguration()
        configuration.trustedProxies = proxies
        let routes: @Sendable (Router<OliverRequestContext>) -> Void = { router in
            router.get("address") { _, context in context.address ?? "unknown" }
        }
        let front = HTTPFront(
            parts: [ServiceParts(name: "test", routes: routes)],
            registry: PrometheusRegistry(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            configuration: configuration
        )
        var headers: HTTPFields = [:]
        for value in forwarded {
            headers.append(HTTPField(name: try #require(HTTPField.Name("X-Forwarded-For")), value: value))
        }
        return try await front.send(.get, "/address", headers: headers, from: "10.0.0.1").text
    }

    @Test func `is not the client's to say`() async throws {
        #expect(try await seen("6.6.6.6", behind: 0) == "10.0.0.1")
        #expect(try await seen("6.6.6.6, 192.0.2.7", behind: 1) == "192.0.2.7")
        #expect(try await seen("6.6.6.6", "192.0.2.7, 10.0.0.2", behind: 2) == "192.0.2.7")
    }

    @Test func `is the peer when the proxies say nothing of use`() async throws {
        #expect(try await seen(behind: 1) == "10.0.0.1")
        for nonsense in ["unknown", "", ", ", "6.6.6.6, _hidden", "[::1", "1.2.3.4.5"] {
            #expect(try await seen(nonsense, behind: 1) == "10.0.0.1", "\(nonsense)")
        }
    }

    @Test func `is the first that there is when a request passed fewer proxies`() async throws {
        #expect(try await seen("192.0.2.7", behind: 2) == "192.0.2.7")
    }

    @Test func `is an address in one form`() async throws {
        for text in ["2001:DB8:0:0::7", "[2001:db8::7]:443", "[2001:db8::7]"] {
            #expect(try await seen(text, behind: 1) == "2001:db8::7", "\(text)")
        }
        #expect(try await seen("192.0.2.7:51034", behind: 1) == "192.0.2.7")
    }

    @Test func `has a network that the client cannot leave`() {
        let networks = [
            "192.0.2.7": "192.0.2.7", "2001:db8::7": "2001:db8:0:0", "2001:db8:0:0:1::": "2001:db8:0:0",
            "2001:db8:0:1::7": "2001:db8:0:1", "::1": "0:0:0:0", "::ffff:192.0.2.7": "192.0.2.7",
            "1:2:3:4:5:6:7:8": "1:2:3:4",
        ]
        for (address, network) in networks { #expect(clientNetwork(of: address) == network) }
    }
}
