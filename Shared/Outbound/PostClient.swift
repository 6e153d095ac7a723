/// Posts to addresses that people enter: no redirect is followed, and no machine behind the firewall is talked to.
package struct PostClient: Sendable {
    private let http: HTTPClient
    private let limits: HTTPClient.Limits

    /// Makes a client; connects to nothing yet.
    package init(policy: AddressPolicy, timeout: Duration = .seconds(10)) {
        http = HTTPClient(policy: policy)
        limits = HTTPClient.Limits(bytes: 1 << 20, time: timeout, connecting: .seconds(5))
    }

    /// Posts a JSON body.
    ///
    /// - Parameters:
    ///   - body: At most some kilobytes.
    ///   - url: An `http` or `https` URL without login.
    ///   - headers: Further headers.
    /// - Returns: A status of 200 to 299.
    /// - Throws: `OutboundError`: any other status too; `CancellationError`.
    package func post(_ body: [UInt8], to url: String, headers: [(name: String, value: String)]) async throws -> Int {
        let own = [("Content-Type", "application/json"), ("User-Agent", "Oliver")]
        let request = HTTPClient.Request(.post, url, headers: headers + own, body: body)
        let status: Int
        do {
            status = try await http.send(request, within: limits).status
        } catch let error as OutboundError {
            // The status alone counts; what else the server has to say may be long, slow or broken.
            guard let given = error.status else { throw error }
            status = given
        }
        switch status {
        case 200...299: return status
        case 300...399:
            throw OutboundError(.refused, "redirects are not followed (HTTP \(status))", status: status)
        case 408, 425, 429, 500...:
            throw OutboundError(.busy, "the server answered HTTP \(status)", status: status)
        default:
            throw OutboundError(.refused, "the server answered HTTP \(status)", status: status)
        }
    }
}
