import Outbound
import TestSupport
import Testing

/// Against a real mail server: aiosmtpd.
@Suite(.timeLimit(.minutes(2))) struct SMTPClientTests {
    private static let message = Array(
        "Subject: hi\r\nFrom: o@example.com\r\nTo: a@example.com\r\nMessage-ID: <1@x>\r\n\r\n.\r\n..\r\nend\r\n".utf8
    )

    private static func client(
        _ server: MailServer,
        timeout: Duration = .seconds(20),
        _ change: (inout SMTPServer) -> Void = { _ in }
    ) throws -> SMTPClient {
        var settings = try SMTPServer(url: server.url)
        settings.authorityFile = server.authorities
        change(&settings)
        return try SMTPClient(settings, timeout: timeout)
    }

    private static func failure(_ client: SMTPClient, to recipient: String = "a@example.com") async -> OutboundError? {
        do {
            _ = try await client.send(message, from: "o@example.com", to: recipient)
            return nil
        } catch {
            return error as? OutboundError
        }
    }

    @Test(arguments: [MailServer.Security.starttls, .tls])
    func `logs in over TLS and hands mail in, several over one connection`(_ security: MailServer.Security) async throws
    {
        try await withMailServer(security: security) { server in
            let client = try Self.client(server)
            for number in 0..<3 {
                let receipt = try await client.send(Self.message, from: "o@example.com", to: "a\(number)@example.com")
                #expect(receipt.answer.hasPrefix("250 2.0.0 queued as"))
            }
            let mails = try server.mails()
            #expect(mails.map(\.to) == [["a0@example.com"], ["a1@example.com"], ["a2@example.com"]])
            #expect(mails.allSatisfy { $0.tls && $0.user == "oliver" && $0.from == "o@example.com" })
        }
    }

    @Test func `tells refusals for good from those for now, and both from the unknown`() async throws {
        try await withMailServer { server in
            let client = try Self.client(server)
            let refused = try #require(await Self.failure(client, to: "refused@example.com"))
            #expect(refused.code == .refused && !refused.isRetriable && refused.status == 550)
            #expect(refused.message.contains("no such mailbox"))
            let busy = try #require(await Self.failure(client, to: "busy@example.com"))
            #expect(busy.code == .busy && busy.isRetriable && busy.status == 451)
            let lost = try #require(await Self.failure(client, to: "lost@example.com"))
            #expect(lost.code == .unknown && lost.isRetriable)
            // The mail before was taken, and the client goes on after all of them.
            #expect(await Self.failure(client) == nil)
            #expect(try server.mails().map(\.to) == [["lost@example.com"], ["a@example.com"]])
        }
    }

    @Test func `sends no password in the clear and trusts no strange certificate`() async throws {
        try await withMailServer(security: .none, password: nil) { server in
            let insecure = try Self.client(server) { settings in
                settings.user = "oliver"
                settings.password = "secret"
                settings.security = .required
            }
            let error = try #require(await Self.failure(insecure))
            #expect(error.code == .tls && error.isRetriable && !error.message.contains("secret"))
            #expect(await Self.failure(try Self.client(server)) == nil)
        }
        try await withMailServer { server in
            let strange = try Self.client(server) { $0.authorityFile = nil }
            #expect(await Self.failure(strange)?.code == .tls)
            let wrong = try Self.client(server) { $0.password = "wrong" }
            #expect(await Self.failure(wrong)?.code == .credentials)
            #expect(try server.mails().isEmpty)
        }
    }

    @Test func `gives up in time on a slow server, and at once when it is cancelled`() async throws {
        try await withMailServer { server in
            var start = ContinuousClock.now
            let impatient = try Self.client(server, timeout: .seconds(1))
            #expect(await Self.failure(impatient, to: "slow@example.com")?.code == .timeout)
            #expect(ContinuousClock.now - start < .seconds(10))
            let client = try Self.client(server)
            start = .now
            let task = Task { try await client.send(Self.message, from: "o@example.com", to: "slow@example.com") }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(ContinuousClock.now - start < .seconds(10))
        }
    }

    @Test func `comes back when the server was killed and started again`() async throws {
        try await withMailServer { server in
            let client = try Self.client(server)
            #expect(await Self.failure(client) == nil)
            await server.kill9()
            #expect(await Self.failure(client)?.isRetriable == true)
            try await server.start()
            #expect(await Self.failure(client) == nil)
            #expect(try server.mails().count == 2)
        }
    }
}
