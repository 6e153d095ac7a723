@testable import Alerts
import Crypto
import Domain
import FoundationEssentials
import HTTPTypes
import Outbound
import ServiceRuntime
import Streams
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct CourierTests {
    private static let key = SymmetricKey(data: Data(repeating: 7, count: 32))

    private static func courier(
        smtp server: MailServer? = nil,
        policy: AddressPolicy = .any,
        timeout: Duration = .seconds(5)
    ) throws -> Courier {
        var smtp: SMTPServer?
        if let server {
            smtp = try SMTPServer(url: server.url)
            smtp?.authorityFile = server.authorities
        }
        let configuration = Courier.Configuration(
            smtp: smtp,
            from: "Oliver <oliver@example.com>",
            webhookTimeout: timeout,
            policy: policy,
            links: ConsoleLinks(base: "https://oliver.example.com"),
            key: key
        )
        return try Courier(configuration, clock: ManualWallClock())
    }

    private static func alerts(_ new: NewAlert...) -> [Alert] {
        new.enumerated().map { $1.alert(id: Int64($0 + 1), state: .pending, at: ManualWallClock.start) }
    }

    private static func channel(_ target: String, kind: ChannelKind = .webhook) -> Channel {
        Channel(
            id: "chn_1",
            workspace: nil,
            name: "hook",
            kind: kind,
            target: target,
            createdAt: ManualWallClock.start,
            createdBy: "test"
        )
    }

    private static func post(_ courier: Courier, to channel: Channel) async throws -> DeliveryResult {
        try await courier.deliver(
            "msg_1",
            telling: alerts(.crossing(80)),
            to: channel.destination,
            of: channel,
            created: ManualWallClock.start
        )
    }

    @Test func `mail is read by a mail parser as it was meant, whatever a budget is called`() async throws {
        try await withMailServer { server in
            let name = "Grüße 🎉 \"q\" <x>\r\nBcc: evil@example.com\r\n\r\n" + String(repeating: "long ", count: 15)
            let result = try await Self.courier(smtp: server).deliver(
                "msg_1",
                telling: Self.alerts(.crossing(50, name: name), .crossing(80, name: name)),
                to: .email("Lead@example.com"),
                of: nil,
                created: ManualWallClock.start
            )
            guard case .sent(let answer) = result else {
                Issue.record("\(result)")
                return
            }
            #expect(answer.hasPrefix("250"))
            let mail = try #require(try server.mails().first)
            #expect(mail.defects.isEmpty && mail.longestLine <= 78 && mail.tls && mail.user == "oliver")
            #expect(mail.to == ["lead@example.com"] && mail.from == "oliver@example.com")
            #expect(mail.sender == "Oliver <oliver@example.com>" && mail.messageID == "<msg_1@example.com>")
            #expect(!mail.headers.contains { $0.lowercased() == "bcc" } && mail.headers.count == 8)
            #expect(mail.date == "2026-11-23T10:00:00+00:00")
            #expect(mail.subject.hasPrefix("[Oliver] Grüße 🎉 \"q\" <x>  Bcc: evil@example.com"))
            #expect(mail.text.contains("$80.00 of $100.00 is spent.") && mail.text.contains("Also passed: 50%"))
            #expect(mail.html.contains("https://oliver.example.com/budgets/b1") && mail.html.contains("&lt;x&gt;"))
        }
    }

    @Test func `a webhook is signed as Standard Webhooks says`() async throws {
        try await Receiver.with { receiver in
            let channel = Self.channel("http://127.0.0.1:\(receiver.port)/hook?token=1")
            #expect(try await Self.post(try Self.courier(), to: channel) == .sent(answer: "HTTP 200"))
            let post = try #require(receiver.posts.first)
            func header(_ name: String) throws -> String {
                try #require(HTTPField.Name(name).flatMap { post.headers[$0] })
            }
            #expect(try header("webhook-id") == "msg_1" && header("webhook-timestamp") == "1795428000")
            #expect(try header("content-type") == "application/json")
            // As a receiver checks it: the secret is what follows the prefix, decoded.
            let shown = SigningSecret(key: Self.key, channel: "chn_1").shown
            let secret = try #require(Data(base64Encoded: String(shown.dropFirst(6))))
            let signed = Data("msg_1.1795428000.".utf8) + post.body
            let code = HMAC<SHA256>.authenticationCode(for: signed, using: SymmetricKey(data: secret))
            #expect(try header("webhook-signature") == "v1,\(Data(code).base64EncodedString())")
            let body = try JSONValue(parsing: post.body)
            #expect(body["type"] == "alerts" && body["data"]?["alerts"] != nil)
            #expect(shown.hasPrefix("whsec_") && shown != SigningSecret(key: Self.key, channel: "chn_2").shown)
        }
    }

    @Test func `follows no redirect, and tells the busy from the gone`() async throws {
        try await Receiver.with { receiver in
            let courier = try Self.courier()
            func failure(_ path: String) async throws -> (String, Bool)? {
                let channel = Self.channel("http://127.0.0.1:\(receiver.port)\(path)")
                guard case .failed(let message, let isRetriable, _) = try await Self.post(courier, to: channel) else {
                    return nil
                }
                return (message, isRetriable)
            }
            let moved = try #require(try await failure("/moved"))
            #expect(moved.0.contains("redirects are not followed") && !moved.1)
            #expect(receiver.posts.map(\.path) == ["/moved"])
            #expect(try await failure("/busy")?.1 == true)
            #expect(try await failure("/gone")?.1 == false)
            // It was taken; what else the server has to say does not matter.
            #expect(try await failure("/huge") == nil)
        }
    }

    @Test func `gives up on slow and dead hosts in time`() async throws {
        try await Receiver.with { receiver in
            let courier = try Self.courier(timeout: .seconds(1))
            let start = ContinuousClock.now
            let slow = try await Self.post(courier, to: Self.channel("http://127.0.0.1:\(receiver.port)/slow"))
            guard case .failed(_, true, true) = slow else {
                Issue.record("\(slow)")
                return
            }
            #expect(ContinuousClock.now - start < .seconds(5))
            let dead = try await Self.post(courier, to: Self.channel("http://127.0.0.1:1/"))
            guard case .failed(_, true, false) = dead else {
                Issue.record("\(dead)")
                return
            }
        }
    }

    @Test(arguments: [
        "127.0.0.1", "localhost", "0x7f.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254", "0.0.0.0",
    ])
    func `connects to no private address, whatever it is called`(_ host: String) async throws {
        try await Receiver.with { receiver in
            let channel = Self.channel("http://\(host):\(receiver.port)/hook")
            let result = try await Self.post(try Self.courier(policy: .publicOnly), to: channel)
            #expect(
                result
                    == .failed(
                        message: "the host has an address that may not be connected to",
                        isRetriable: false,
                        isUncertain: false
                    )
            )
            #expect(receiver.posts.isEmpty)
        }
    }

    @Test func `Slack's JSON goes to Slack's address, without a signature`() async throws {
        try await Receiver.with { receiver in
            let channel = Self.channel("http://127.0.0.1:\(receiver.port)/services/T0/B0/x", kind: .slack)
            #expect(try await Self.post(try Self.courier(), to: channel) == .sent(answer: "HTTP 200"))
            let post = try #require(receiver.posts.first)
            #expect(HTTPField.Name("webhook-signature").flatMap { post.headers[$0] } == nil)
            let body = try JSONValue(parsing: post.body)
            #expect(body["text"] == "Growth monthly is at 80% of $100.00")
            #expect(channel.shownTarget == "http://127.0.0.1:\(receiver.port)/…")
        }
    }

    @Test func `the dispatcher delivers what is due, and a killed mail server only delays it`() async throws {
        try await withMailServer { server in
            let store = InMemoryAlertStore()
            let clock = ManualWallClock()
            let courier = try Self.courier(smtp: server)
            let dispatcher = Dispatcher(
                store: store,
                channels: ChannelCache(store: store),
                couriers: [courier],
                rules: DeliveryRules(),
                metrics: metrics,
                clock: clock,
                logger: .quiet
            )
            await server.kill9()
            let alerts: [NewAlert] = [.crossing(50, to: ["a@example.com", "refused@example.com"])]
            _ = try await store.add(alerts, reachable: Set(ChannelKind.allCases), at: clock.now)
            while try await dispatcher.step(courier) {}
            #expect(try await store.backlog().pendingDeliveries == 2)
            try await server.start()
            clock.advance(by: .seconds(60))
            while try await dispatcher.step(courier) {}
            #expect(try await store.backlog() == AlertBacklog(pendingDeliveries: 0, failedDeliveries: 1))
            #expect(try server.mails().map(\.to) == [["a@example.com"]])
            let listed = try await store.alerts(AlertFilter(), before: nil, limit: 1)
            let receipts = try await store.receipts(of: listed.map(\.id)).values.joined()
            #expect(receipts.first { $0.state == .failed }?.detail?.contains("no such mailbox") == true)
            #expect(receipts.allSatisfy { $0.attempts == 2 && $0.uncertainAttempts == 0 })
        }
    }
}
