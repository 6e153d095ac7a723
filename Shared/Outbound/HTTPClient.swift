internal import CCurl

/// Asks HTTP servers.
///
/// It speaks HTTP/1.1, follows no redirect, takes bodies as they come and ignores the proxies of the environment. A
/// request is sent once, except that one that changes nothing is sent again when a connection that was kept for it
/// turns out to be dead. Nothing is connected to before the first request; connections end with the client.
package struct HTTPClient: Sendable {
    /// The bounds of a request.
    package struct Limits: Hashable, Sendable {
        /// Bytes of the answer's body at most.
        package var bytes: Int
        /// From the call to the last byte, with the wait for requests before it.
        package var time: Duration
        /// How much of the time connecting may take.
        package var connecting: Duration

        package init(bytes: Int, time: Duration, connecting: Duration) {
            self.bytes = bytes
            self.time = time
            self.connecting = connecting
        }
    }

    private let policy: AddressPolicy
    private let connections: CurlConnections

    /// Makes a client; connects to nothing yet.
    ///
    /// - Parameters:
    ///   - policy: Which addresses may be connected to. It is asked with the very address that is connected to, so that a
    ///     name cannot point elsewhere meanwhile.
    ///   - connections: Requests that run at once, each on a thread of its own; more stand in line, also when they are
    ///     cancelled.
    package init(policy: AddressPolicy = .any, connections: Int = 1) {
        self.policy = policy
        self.connections = CurlConnections(limit: connections)
    }

    /// Sends a request, and gives the answer whatever its status.
    ///
    /// A cancelled task ends it within about a second.
    ///
    /// - Throws: `OutboundError`, with a status when the server broke off after it had given one; `CancellationError`.
    package func send(_ request: Request, within limits: Limits) async throws -> Response {
        let result = try await connections.perform(try transfer(request, limits))
        // What is below is an interim answer.
        let status = result.status >= 200 ? result.status : nil
        guard result.code == 0 else { throw OutboundError(result, status: status) }
        guard let response = Response(status: result.status, lines: result.lines, body: result.received) else {
            throw OutboundError(.unknown, "the server broke off in the middle of its answer's head", status: status)
        }
        return response
    }

    private func transfer(_ request: Request, _ limits: Limits) throws(OutboundError) -> CurlConnection.Transfer {
        // Without a scheme libcurl would guess one.
        let start = request.url.prefix(8).lowercased()
        guard start.hasPrefix("http://") || start.hasPrefix("https://") else {
            throw OutboundError(.invalid, "the address does not begin with http:// or https://")
        }
        var transfer = CurlConnection.Transfer(
            url: request.url,
            connectTimeout: min(limits.connecting, limits.time),
            timeout: limits.time
        )
        transfer.policy = policy
        transfer.receiveLimit = limits.bytes
        transfer.mayRepeat = request.method == .get
        transfer.post = request.body ?? (request.method.hasBody ? [] : nil)
        transfer.texts = [(CURLOPT_PROTOCOLS_STR, "http,https"), (CURLOPT_CUSTOMREQUEST, request.method.rawValue)]
        transfer.numbers = [
            (CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)), (CURLOPT_FOLLOWLOCATION, 0), (CURLOPT_PATH_AS_IS, 1),
            // What is announced to be too large is not even begun; 0 would mean no limit.
            (CURLOPT_MAXFILESIZE, max(1, limits.bytes)),
        ]
        transfer.lists = [(CURLOPT_HTTPHEADER, try request.headerLines())]
        return transfer
    }
}
