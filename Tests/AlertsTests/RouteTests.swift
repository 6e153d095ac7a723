import Access
@testable import Alerts
import Crypto
import Domain
import HTTPTypes
import Hummingbird
import Outbound
import ServiceRuntime
import TestSupport
import Testing

/// The routes over a store in memory, without a socket.
private struct RouteRig {
    let store = InMemoryAlertStore()
    let front: HTTPFront
    private let keys: [String: RawKey]

    init() throws {
        let clock = ManualWallClock()
        let verifier = KeyVerifier(wallClock: clock)
        let wanted: [(String, Scopes, String?)] = [
            ("admin", .admin, nil), ("acme", .admin, "acme"), ("reader", .read, nil), ("reader-b", .read, "b"),
            ("recorder", .record, nil),
        ]
        var keys: [String: RawKey] = [:]
        for (name, scopes, workspace) in wanted {
            let (key, raw) = APIKey.make(
                name: name,
                scopes: scopes,
                workspace: workspace,
                sourceApp: "test",
                createdAt: clock.now,
                createdBy: "test"
            )
            verifier.update([key])
            keys[name] = raw
        }
        verifier.confirm(asOf: SystemUptimeClock().uptime)
        self.keys = keys
        let authenticator = Authenticator(verifier: verifier)
        let key = SymmetricKey(size: .bits256)
        let links = ConsoleLinks(base: "https://oliver.example.com")
        let configuration = Courier.Configuration(
            smtp: nil,
            from: "oliver@example.com",
            policy: .publicOnly,
            links: links,
            key: key
        )
        let alerts = AlertRoutes(authenticator: authenticator, store: store, links: links)
        let channels = ChannelRoutes(
            authenticator: authenticator,
            store: store,
            channels: ChannelCache(store: store),
            courier: try Courier(configuration, clock: clock),
            key: key,
            hasWorkspace: { $0 == "acme" || $0 == "b" },
            clock: clock
        )
        let parts = [alerts.add, channels.add].map { ServiceParts(name: "test", routes: $0) }
        front = HTTPFront(parts: parts, registry: PrometheusRegistry(), logger: .quiet, clock: clock)
    }

    func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ body: String = "",
        as key: String = "admin",
        expecting status: HTTPResponse.Status = .ok
    ) async throws -> JSONValue {
        var headers: HTTPFields = [.authorization: "Bearer \(keys[key]?.text ?? "")"]
        if !body.isEmpty { headers[.contentType] = "application/json" }
        let reply = try await front.send(method, path, headers: headers, body: body)
        #expect(reply.status == status, "\(method) \(path): \(reply.text)")
        return reply.text.isEmpty ? .null : try JSONValue(parsing: Array(reply.text.utf8))
    }
}

extension JSONValue {
    fileprivate var elements: [JSONValue] {
        if case .array(let elements) = self { elements } else { [] }
    }

    /// The names of the fields at fault.
    fileprivate var faults: [String] {
        (self["invalid_parameters"]?.elements ?? []).compactMap { $0["name"]?.text }
    }
}

@Suite struct RouteTests {
    private static let hook =
        #"{"name":"Ops","kind":"webhook","target":"https://example.com/hook?token=s","events":["price_sync"]}"#

    @Test func `a channel is made, read, changed and removed; its secret is shown once`() async throws {
        let rig = try RouteRig()
        let made = try await rig.send(.post, "/v1/channels", Self.hook, expecting: .created)
        let id = try #require(made["id"]?.text)
        #expect(made["secret"]?.text?.hasPrefix("whsec_") == true)
        #expect(made["target"]?.text == "https://example.com/hook")
        let read = try await rig.send(.get, "/v1/channels/\(id)", as: "reader")
        #expect(read["secret"] == nil && read["name"] == "Ops")
        let patch = #"{"name":"Operations","events":[]}"#
        let changed = try await rig.send(.patch, "/v1/channels/\(id)", patch)
        #expect(changed["name"] == "Operations" && changed["events"]?.elements.isEmpty == true)
        #expect(try await rig.send(.get, "/v1/channels")["items"]?.elements.count == 1)
        _ = try await rig.send(.delete, "/v1/channels/\(id)", expecting: .noContent)
        _ = try await rig.send(.get, "/v1/channels/\(id)", expecting: .notFound)
    }

    @Test(arguments: [
        (#"{"name":"x","kind":"webhook","target":"ftp://example.com"}"#, "target"),
        (#"{"name":"x","kind":"webhook","target":"https://user:pw@example.com/"}"#, "target"),
        (#"{"name":"x","kind":"webhook","target":"https://example.com/a b"}"#, "target"),
        (#"{"name":"x","kind":"webhook","target":"https://example.com/\r\nX: y"}"#, "target"),
        (#"{"name":"x","kind":"webhook","target":"https://"}"#, "target"),
        (#"{"name":"x","kind":"email","target":"a@b.de, c@d.de"}"#, "target"),
        (#"{"name":"a\r\nBcc: x@y.de","kind":"email","target":"a@b.de"}"#, "name"),
        (#"{"name":"","kind":"email","target":"a@b.de"}"#, "name"),
        (#"{"name":"x","kind":"fax","target":"a@b.de"}"#, "kind"),
        (#"{"name":"x","kind":"email","target":"a@b.de","events":["nope"]}"#, "events[0]"),
        (#"{"name":"x","kind":"email","target":"a@b.de","workspace":"nope"}"#, "workspace"),
        (#"{"name":"x","kind":"email","target":"a@b.de","color":"red"}"#, "color"),
        (#"{"name":7,"kind":"email","target":"a@b.de"}"#, "name"),
    ])
    func `refuses a channel that cannot be, and names the field`(_ body: String, _ field: String) async throws {
        let rig = try RouteRig()
        let problem = try await rig.send(.post, "/v1/channels", body, expecting: .unprocessableContent)
        #expect(problem.faults == [field])
        #expect(try await rig.store.channels().isEmpty)
    }

    @Test func `channels are listed in pages`() async throws {
        let rig = try RouteRig()
        var made: [String] = []
        for _ in 0..<3 {
            let channel = try await rig.send(.post, "/v1/channels", Self.hook, expecting: .created)
            made.append(try #require(channel["id"]?.text))
        }
        let first = try await rig.send(.get, "/v1/channels?limit=2")
        let next = try #require(first["next"]?.text)
        let second = try await rig.send(.get, "/v1/channels?limit=2&after=\(next)")
        #expect(second["next"] == nil)
        let listed = [first, second].flatMap { $0["items"]?.elements ?? [] }.compactMap { $0["id"]?.text }
        #expect(listed.sorted() == made.sorted())
        _ = try await rig.send(.get, "/v1/channels?after=nonsense", expecting: .unprocessableContent)
    }

    @Test func `keys reach what is theirs`() async throws {
        let rig = try RouteRig()
        _ = try await rig.send(.post, "/v1/channels", Self.hook, as: "reader", expecting: .forbidden)
        _ = try await rig.send(.get, "/v1/channels", as: "recorder", expecting: .forbidden)
        _ = try await rig.send(.get, "/v1/alerts", as: "nobody", expecting: .unauthorized)
        let made = try await rig.send(.post, "/v1/channels", Self.hook, as: "acme", expecting: .created)
        #expect(made["workspace"] == "acme")
        let id = try #require(made["id"]?.text)
        _ = try await rig.send(.get, "/v1/channels/\(id)", as: "reader-b", expecting: .notFound)
        #expect(try await rig.send(.get, "/v1/channels", as: "reader-b")["items"]?.elements.isEmpty == true)
        _ = try await rig.send(.get, "/v1/alerts?workspace=acme", as: "reader-b", expecting: .forbidden)
        let installation = try await rig.send(.post, "/v1/channels", Self.hook, expecting: .created)
        let other = try #require(installation["id"]?.text)
        _ = try await rig.send(.delete, "/v1/channels/\(other)", as: "acme", expecting: .notFound)
    }

    @Test func `the log is listed in pages with its receipts`() async throws {
        let rig = try RouteRig()
        for threshold in [50, 80, 100] {
            _ = try await rig.store.add([.crossing(threshold)], reachable: [.email], at: ManualWallClock.start)
        }
        _ = try await rig.store.add([.notice("n1")], reachable: [], at: ManualWallClock.start)
        let first = try await rig.send(.get, "/v1/alerts?limit=3", as: "reader")
        #expect(first["items"]?.elements.compactMap { $0["title"]?.text }.first == "Prices changed: <b>")
        let delivery = try #require(first["items"]?.elements.first?["deliveries"]?.elements.first)
        #expect(delivery["state"] == "undeliverable" && delivery["recipient"] == "ops@example.com")
        let next = try #require(first["next"]?.text)
        let second = try await rig.send(.get, "/v1/alerts?limit=3&after=\(next)", as: "reader")
        #expect(second["items"]?.elements.count == 1 && second["next"] == nil)
        let crossing = try #require(second["items"]?.elements.first)
        #expect(crossing["spent_usd"] == "50.000000000001" && crossing["limit_usd"] == "100.000000000000")
        #expect(crossing["link"] == "https://oliver.example.com/budgets/b1")
        #expect(try await rig.send(.get, "/v1/alerts?kind=budget_crossing")["items"]?.elements.count == 3)
        #expect(try await rig.send(.get, "/v1/alerts?state=undeliverable")["items"]?.elements.count == 1)
        #expect(try await rig.send(.get, "/v1/alerts", as: "reader-b")["items"]?.elements.isEmpty == true)
        _ = try await rig.send(.get, "/v1/alerts/1", as: "reader-b", expecting: .notFound)
        #expect(try await rig.send(.get, "/v1/alerts/1")["threshold"] == .number("50"))
        for query in ["limit=0", "after=x", "state=nope", "kind=nope", "colour=red"] {
            _ = try await rig.send(.get, "/v1/alerts?\(query)", expecting: .unprocessableContent)
        }
    }

    @Test func `a test says what is wrong`() async throws {
        let rig = try RouteRig()
        let body = #"{"name":"x","kind":"webhook","target":"http://127.0.0.1:1/"}"#
        let made = try await rig.send(.post, "/v1/channels", body, expecting: .created)
        let id = try #require(made["id"]?.text)
        let answer = try await rig.send(.post, "/v1/channels/\(id)/test")
        #expect(answer["delivered"] == false)
        #expect(answer["detail"]?.text?.contains("may not be connected to") == true)
        _ = try await rig.send(.post, "/v1/channels/\(id)/test", as: "reader", expecting: .forbidden)
        let mail = try await rig.send(
            .post,
            "/v1/channels",
            #"{"name":"x","kind":"email","target":"a@b.de"}"#,
            expecting: .created
        )
        let off = try await rig.send(.post, "/v1/channels/\(try #require(mail["id"]?.text))/test")
        #expect(off["delivered"] == false && off["detail"] == "no mail server is set")
    }
}
