internal import CCurl

/// Posts to addresses that people enter: no redirect is followed, and no machine behind the firewall is talked to.
package struct PostClient: Sendable {
    /// What the other side answered.
    package struct Answer: Hashable, Sendable {
        package let status: Int
        /// The beginning of the body.
        package let body: [UInt8]
    }

    private let policy: AddressPolicy
    private let timeout: Duration
    private let connection: CurlConnection

    /// Makes a client; connects to nothing yet.
    ///
    /// - Throws: `OutboundError` when libcurl cannot be used.
    package init(policy: AddressPolicy, timeout: Duration = .seconds(10)) throws(OutboundError) {
        self.policy = policy
        self.timeout = timeout
        connection = try CurlConnection()
    }

    /// Posts a JSON body.
    ///
    /// The policy is asked with the very address that is connected to, so that a name cannot point elsewhere meanwhile.
    ///
    /// - Parameters:
    ///   - body: At most some kilobytes.
    ///   - url: An `http` or `https` URL without login.
    ///   - headers: Further headers; names and values without line breaks.
    /// - Returns: An answer with a status of 200 to 299.
    /// - Throws: `OutboundError`: any other status too; `CancellationError`.
    package func post(_ body: [UInt8], to url: String, headers: [(String, String)]) async throws -> Answer {
        var transfer = CurlConnection.Transfer(url: url, connectTimeout: min(.seconds(5), timeout), timeout: timeout)
        let given = headers + [("Content-Type", "application/json"), ("Expect", "")]
        let lines = given.map { $1.isEmpty ? "\($0):" : "\($0): \($1)" }
        guard lines.allSatisfy({ $0.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } }) else {
            throw OutboundError(.invalid, "a header is not plain text")
        }
        transfer.policy = policy
        transfer.post = body
        transfer.receiveLimit = 4_096
        transfer.texts = [(CURLOPT_PROTOCOLS_STR, "http,https"), (CURLOPT_USERAGENT, "Oliver")]
        transfer.numbers = [(CURLOPT_POST, 1), (CURLOPT_FOLLOWLOCATION, 0), (CURLOPT_MAXFILESIZE, 1 << 20)]
        transfer.lists = [(CURLOPT_HTTPHEADER, lines)]
        let result = try await connection.perform(transfer)
        guard result.code == 0 || (200...299).contains(result.status) else { throw OutboundError(result) }
        switch result.status {
        case 200...299: return Answer(status: result.status, body: result.received)
        case 300...399:
            throw OutboundError(.refused, "redirects are not followed (HTTP \(result.status))", status: result.status)
        case 408, 425, 429, 500...:
            throw OutboundError(.busy, "the server answered HTTP \(result.status)", status: result.status)
        default:
            throw OutboundError(.refused, "the server answered HTTP \(result.status)", status: result.status)
        }
    }
}
