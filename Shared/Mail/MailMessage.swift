package import Domain

/// A mail with a text and an HTML form of the same content.
package struct MailMessage: Hashable, Sendable {
    package var from: Mailbox
    package var to: Mailbox
    /// One line; may hold any characters.
    package var subject: String
    /// The part before the `@` of the message's id; the same for each try, so that mail clients show one of two.
    package var id: String
    package var date: Timestamp
    package var text: String
    package var html: String

    package init(
        from: Mailbox,
        to: Mailbox,
        subject: String,
        id: String,
        date: Timestamp,
        text: String,
        html: String
    ) {
        self.from = from
        self.to = to
        self.subject = subject
        self.id = id
        self.date = date
        self.text = text
        self.html = html
    }

    /// `<id@domain>`, as in the head.
    package var messageID: String { "<\(id)@\(from.domain)>" }

    /// The message as it goes over the wire: RFC 5322 with MIME, CRLF line ends, pure ASCII.
    ///
    /// Bodies are base64: no line of them can be too long, begin with a dot, or look like the boundary.
    package func encode() -> [UInt8] {
        let boundary = "=_oliver_\(id)"
        let head = [
            "From: \(Self.field(from))", "To: \(Self.field(to))", "Subject: \(HeaderText.encode(subject))",
            "Date: \(date.rfc5322)", "Message-ID: \(messageID)", "MIME-Version: 1.0",
            // RFC 3834: a holiday responder shall not answer.
            "Auto-Submitted: auto-generated",
            "Content-Type: multipart/alternative; boundary=\"\(boundary)\"",
        ]
        var lines = head + [""]
        for (type, body) in [("text/plain", text), ("text/html", html)] {
            lines += ["--\(boundary)", "Content-Type: \(type); charset=utf-8", "Content-Transfer-Encoding: base64", ""]
            lines += Self.lines(of: body)
        }
        lines += ["--\(boundary)--", ""]
        return Array(lines.joined(separator: "\r\n").utf8)
    }

    private static func field(_ address: Mailbox) -> String {
        address.name.map { "\(HeaderText.encode(name: $0)) <\(address.address)>" } ?? address.address
    }

    private static func lines(of body: String) -> [String] {
        var rest = Base64.encode(Array(body.utf8))[...]
        var lines: [String] = []
        while !rest.isEmpty {
            lines.append(String(rest.prefix(76)))
            rest = rest.dropFirst(76)
        }
        return lines
    }
}

extension Timestamp {
    /// `Mon, 23 Nov 2026 10:00:00 +0000`.
    var rfc5322: String {
        let day = floorDivide(seconds, 86_400)
        let date = CivilDate(daysSince1970: day)
        let time = seconds - day * 86_400
        let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let pad = { (value: Int64) in value < 10 ? "0\(value)" : "\(value)" }
        let weekday = weekdays[Int(day - floorDivide(day, 7) * 7)]
        return "\(weekday), \(pad(Int64(date.day))) \(months[date.month - 1]) \(date.year) "
            + "\(pad(time / 3_600)):\(pad(time / 60 % 60)):\(pad(time % 60)) +0000"
    }
}
