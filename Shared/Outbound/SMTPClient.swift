internal import CCurl

/// Hands mail to a server, over a connection that it keeps open between messages.
package struct SMTPClient: Sendable {
    /// The server's last word on a message that it took.
    package struct Receipt: Hashable, Sendable {
        /// For example `250 2.0.0 Ok: queued as 4F1`.
        package let answer: String
    }

    private let server: SMTPServer
    private let timeout: Duration
    private let connection: CurlConnection

    /// Makes a client; connects to nothing yet.
    ///
    /// - Throws: `OutboundError` when libcurl cannot be used.
    package init(_ server: SMTPServer, timeout: Duration = .seconds(30)) throws(OutboundError) {
        self.server = server
        self.timeout = timeout
        connection = try CurlConnection()
    }

    /// Hands one message to the server for one recipient.
    ///
    /// When it returns, the server has taken the message. After `unknown`, `timeout` and a cancellation it may have.
    ///
    /// - Parameters:
    ///   - message: Head and body with CRLF line ends.
    ///   - sender: The envelope's sender, a plain address.
    ///   - recipient: The envelope's recipient, a plain address.
    /// - Returns: The server's receipt.
    /// - Throws: `OutboundError`, `CancellationError`.
    package func send(_ message: [UInt8], from sender: String, to recipient: String) async throws -> Receipt {
        var transfer = CurlConnection.Transfer(
            url: server.url,
            connectTimeout: min(.seconds(10), timeout),
            timeout: timeout
        )
        transfer.upload = message
        transfer.lists = [(CURLOPT_MAIL_RCPT, ["<\(recipient)>"])]
        transfer.texts = [(CURLOPT_MAIL_FROM, "<\(sender)>"), (CURLOPT_PROTOCOLS_STR, "smtp,smtps")]
        transfer.numbers = [
            (CURLOPT_UPLOAD, 1), (CURLOPT_USE_SSL, server.useSSL), (CURLOPT_INFILESIZE, message.count),
        ]
        if let user = server.user { transfer.texts.append((CURLOPT_USERNAME, user)) }
        if let password = server.password { transfer.texts.append((CURLOPT_PASSWORD, password)) }
        if let file = server.authorityFile { transfer.texts.append((CURLOPT_CAINFO, file)) }
        let result = try await connection.perform(transfer)
        guard result.code == 0 else { throw Self.error(result) }
        return Receipt(answer: result.lastLine)
    }

    private static func error(_ result: CurlConnection.Result) -> OutboundError {
        let general = OutboundError(result, status: result.status == 0 ? nil : result.status)
        guard general.code == .unknown, result.status >= 400 else { return general }
        // The server's own words tell more than libcurl's.
        let words = result.lastLine.isEmpty ? result.message : result.lastLine
        return OutboundError(result.status >= 500 ? .refused : .busy, words, status: result.status)
    }
}

extension CurlConnection.Result {
    /// The server's last word on the message, on one line; its farewell says nothing about it.
    fileprivate var lastLine: String {
        let printed = lines.lazy.map { $0.prefix(512).filter { $0 >= 0x20 && $0 != 0x7F } }
        let last = printed.last { !$0.isEmpty && !$0.starts(with: "221".utf8) }
        return String(decoding: last ?? [], as: UTF8.self)
    }
}

extension SMTPServer {
    /// The value of libcurl's `CURLOPT_USE_SSL`.
    fileprivate var useSSL: Int {
        switch security {
        case .required: Int(CURLUSESSL_ALL.rawValue)
        case .opportunistic: Int(CURLUSESSL_TRY.rawValue)
        case .off: Int(CURLUSESSL_NONE.rawValue)
        }
    }
}
