import Domain
import Mail
import Testing

@Suite struct MailboxTests {
    @Test(arguments: ["lead@example.com", "a.b+c@x-y.example.org", "root@localhost", "!#$%&'*+-/=?^_`{|}~@e.de"])
    func `takes plain addresses`(_ text: String) {
        #expect(Mailbox(text)?.address == text)
    }

    @Test(arguments: [
        "", "lead", "@example.com", "lead@", "a@b@c.de", "a b@c.de", "a@c.de\r\nBcc: x@y.de", "a@c.de,b@c.de",
        "<a@c.de>",
        ".a@c.de", "a.@c.de", "a..b@c.de", "a@-c.de", "a@c-.de", "a@c", "a@c..de", "ä@c.de", "a@ä.de", "\"a\"@c.de",
        "a@c.de\0", "a@\(String(repeating: "x", count: 64)).de", "\(String(repeating: "x", count: 65))@c.de",
    ])
    func `refuses what is none, or could carry more than one`(_ text: String) {
        #expect(Mailbox(text) == nil)
    }

    @Test func `reads a name before an address`() throws {
        let box = try #require(Mailbox(parsing: "\"Growth, team\" <lead@example.com>"))
        #expect(box.name == "Growth, team" && box.address == "lead@example.com")
        #expect(Mailbox(parsing: "x\r\nBcc: y <lead@example.com>") == nil)
        #expect(Mailbox(parsing: "Growth <lead@example.com> x") == nil)
    }
}

@Suite struct MailMessageTests {
    private func message(subject: String) throws -> MailMessage {
        MailMessage(
            from: try #require(Mailbox(parsing: "Oliver \"O\" <oliver@example.com>")),
            to: try #require(Mailbox("lead@example.com")),
            subject: subject,
            id: "msg_1",
            date: Timestamp(seconds: 1_795_428_000),
            text: "text\n.\n--=_oliver_msg_1--\n",
            html: "<p>ä</p>"
        )
    }

    private func head(subject: String) throws -> [Substring] {
        let text = String(decoding: try message(subject: subject).encode(), as: UTF8.self)
        let end = try #require(text.firstRange(of: "\r\n\r\n"))
        return text[..<end.lowerBound].split(separator: "\r\n", omittingEmptySubsequences: false)
    }

    @Test func `is ASCII with CRLF line ends and short lines`() throws {
        let bytes = try message(subject: String(repeating: "Grüße 🎉 ", count: 40)).encode()
        #expect(bytes.allSatisfy { $0 < 0x80 })
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(
            text.split(separator: "\r\n").allSatisfy {
                $0.utf8.count <= 78 && !$0.utf8.contains(13) && !$0.utf8.contains(10)
            }
        )
    }

    @Test(arguments: [
        "x\r\nBcc: evil@example.com", "x\nBcc: evil@example.com", "x\u{2028}Bcc: evil@example.com", "x\r\n\r\nbody",
    ])
    func `lets no subject begin another field`(_ subject: String) throws {
        let lines = try head(subject: subject)
        #expect(lines.count { !$0.hasPrefix(" ") } == 8)
        #expect(!lines.contains { $0.lowercased().hasPrefix("bcc") || $0.hasPrefix("body") })
    }

    @Test func `encodes what would be read as encoded`() throws {
        let subject = try #require(try head(subject: "=?UTF-8?B?eA==?=").first { $0.hasPrefix("Subject:") })
        #expect(subject == "Subject: =?UTF-8?B?PT9VVEYtOD9CP2VBPT0/PQ==?=")
    }

    @Test func `dates and ids are those of RFC 5322`() throws {
        let lines = try head(subject: "x")
        #expect(lines.contains("Date: Mon, 23 Nov 2026 10:00:00 +0000"))
        #expect(lines.contains("Message-ID: <msg_1@example.com>"))
        #expect(lines.contains(#"From: "Oliver \"O\"" <oliver@example.com>"#))
    }

    @Test func `base64 is RFC 4648's`() {
        let vectors = ["": "", "f": "Zg==", "fo": "Zm8=", "foo": "Zm9v", "foob": "Zm9vYg==", "foobar": "Zm9vYmFy"]
        for (text, encoded) in vectors { #expect(Base64.encode(Array(text.utf8)) == encoded) }
        #expect(Base64.encode([0xFB, 0xFF, 0xFE]) == "+//+")
    }
}
