internal import Access
internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import ServiceRuntime

/// Asks the HTTP API of an installation.
///
/// An answer has a bound in time and in size. Redirects are not followed: the key goes nowhere else.
struct ServiceClient: Sendable {
    private let http: HTTPClient
    private let address: ServiceAddress
    private let limit: Duration
    private let clock: any Clock<Duration>

    /// Bytes of one answer at most.
    private static let sizeLimit = 32 << 20

    /// Lends a client and closes its connections after; one answer may take as long as `limit`, to its last byte.
    static func use<Result>(
        _ address: ServiceAddress,
        limit: Duration,
        clock: any Clock<Duration> = ContinuousClock(),
        _ body: (ServiceClient) async throws -> Result
    ) async throws -> Result {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow, decompression: .disabled)
        configuration.timeout.connect = .seconds(10)
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        return try await HTTPClient.withHTTPClient(configuration: configuration) { http in
            try await body(ServiceClient(http: http, address: address, limit: limit, clock: clock))
        }
    }

    /// Sends a request, once.
    ///
    /// - Throws: ``ServiceError``; `CancellationError`.
    func send(_ request: ServiceRequest) async throws -> ServiceAnswer {
        let answer = try await withThrowingTaskGroup(of: (status: Int, bytes: [UInt8]).self) { group in
            group.addTask { try await exchange(request) }
            group.addTask {
                try await clock.sleep(for: limit)
                throw ServiceError.timedOut(limit, base: address.base)
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
        let read = ServiceAnswer(bytes: answer.bytes, base: address.base)
        guard !(200..<300).contains(answer.status) else { return read }
        // Whatever is no problem of ours is somebody else's page, which nobody wants to read.
        guard let problem = try? read.read(as: ServiceProblem.self) else {
            throw ServiceError.status(answer.status, base: address.base)
        }
        throw ServiceError.problem(problem)
    }

    private func exchange(_ request: ServiceRequest) async throws -> (status: Int, bytes: [UInt8]) {
        do {
            let response = try await http.execute(message(for: request), timeout: .hours(24))
            var bytes: [UInt8] = []
            for try await part in response.body {
                guard bytes.count + part.readableBytes <= Self.sizeLimit else {
                    throw ServiceError.unreadable("it has more than \(Self.sizeLimit) bytes", base: address.base)
                }
                bytes.append(contentsOf: part.readableBytesView)
            }
            return (Int(response.status.code), bytes)
        } catch let error as ServiceError {
            throw error
        } catch {
            try Task.checkCancellation()
            throw ServiceError.unreachable("\(error)", base: address.base)
        }
    }

    private func message(for request: ServiceRequest) -> HTTPClientRequest {
        var message = HTTPClientRequest(url: address.base + request.target)
        message.method = HTTPMethod(rawValue: request.method.rawValue)
        message.headers.add(name: "Authorization", value: "Bearer \(address.key.text)")
        message.headers.add(name: "Accept", value: "application/json")
        message.headers.add(name: "User-Agent", value: "oliver/\(OliverVersion.current)")
        for header in request.headers { message.headers.add(name: header.name, value: header.value) }
        if let body = request.body {
            message.headers.add(name: "Content-Type", value: "application/json")
            message.body = .bytes(body)
        }
        return message
    }
}
