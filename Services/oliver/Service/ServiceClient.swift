internal import Access
internal import Outbound
internal import ServiceRuntime

/// Asks the HTTP API of an installation, one request after the other.
///
/// An answer has a bound in time and in size. Redirects are not followed: the key goes nowhere else.
struct ServiceClient: Sendable {
    private let http = HTTPClient()
    private let address: ServiceAddress
    private let limits: HTTPClient.Limits

    /// Lends a client; one answer may take as long as `limit`, to its last byte.
    static func use<Result>(
        _ address: ServiceAddress,
        limit: Duration,
        _ body: (ServiceClient) async throws -> Result
    ) async throws -> Result {
        let limits = HTTPClient.Limits(bytes: 32 << 20, time: limit, connecting: .seconds(10))
        return try await body(ServiceClient(address: address, limits: limits))
    }

    /// Sends a request, once.
    ///
    /// - Throws: ``ServiceError``; `CancellationError`.
    func send(_ request: ServiceRequest) async throws -> ServiceAnswer {
        let response: HTTPClient.Response
        do {
            response = try await http.send(message(for: request), within: limits)
        } catch let error as OutboundError {
            throw ServiceError(error, limits, base: address.base)
        }
        let read = ServiceAnswer(bytes: response.body, base: address.base)
        guard !(200..<300).contains(response.status) else { return read }
        // Whatever is no problem of ours is somebody else's page, which nobody wants to read.
        guard let problem = try? read.read(as: ServiceProblem.self) else {
            throw ServiceError.status(response.status, base: address.base)
        }
        throw ServiceError.problem(problem)
    }

    private func message(for request: ServiceRequest) -> HTTPClient.Request {
        var message = HTTPClient.Request(request.method.outbound, address.base + request.target, body: request.body)
        message.headers = [
            ("Authorization", "Bearer \(address.key.text)"), ("Accept", "application/json"),
            ("User-Agent", "oliver/\(OliverVersion.current)"),
        ]
        if request.body != nil { message.headers.append(("Content-Type", "application/json")) }
        message.headers += request.headers
        return message
    }
}

extension ServiceRequest.Method {
    fileprivate var outbound: HTTPClient.Method {
        switch self {
        case .get: .get
        case .post: .post
        case .put: .put
        case .patch: .patch
        case .delete: .delete
        }
    }
}

extension ServiceError {
    /// What a request that got no answer means to people.
    fileprivate init(_ error: OutboundError, _ limits: HTTPClient.Limits, base: String) {
        self =
            switch error.code {
            case .timeout: .timedOut(limits.time, base: base)
            case .tooLarge: .unreadable("it has more than \(limits.bytes) bytes", base: base)
            default: .unreachable(error.message, base: base)
            }
    }
}
