internal import AsyncHTTPClient
internal import FoundationEssentials
internal import NIOCore
internal import NIOHTTP1

/// Gets price maps from somewhere.
package protocol PriceMapSource: Sendable {
    /// Gets the map at a URL, once.
    ///
    /// - Parameters:
    ///   - url: `https:`, `http:` or `file:`.
    ///   - etag: What the server called the map that is known.
    /// - Returns: The map, or that it is the known one.
    /// - Throws: ``PriceMapFetchError``, `CancellationError`.
    func fetch(_ url: String, etag: String?) async throws -> FetchedPriceMap
}

/// What a source answered.
package enum FetchedPriceMap: Sendable, Hashable {
    /// The map is the one that is known.
    case notModified
    case map(bytes: [UInt8], etag: String?)
}

/// Why there is no map.
package struct PriceMapFetchError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What happened, in words for people; no part of the answer's body.
    package var message: String
    /// Whether the same request may succeed in a moment.
    package var isRetriable: Bool

    package init(_ message: String, isRetriable: Bool) {
        self.message = message
        self.isRetriable = isRetriable
    }

    package var description: String { message }
}

/// Gets price maps over HTTP and from files.
///
/// An answer has a bound in size and in time, redirects have a bound in number and never leave HTTPS.
package struct PriceMapFetcher: PriceMapSource {
    /// The bounds.
    package struct Limits: Sendable {
        /// Bytes of a map; LiteLLM's has 3 MB.
        package var bytes = 30_000_000
        /// From the first request to the last byte.
        package var time = Duration.seconds(60)
        package var redirects = 3

        package init() {}
    }

    private let limits: Limits
    private let clock: any Clock<Duration>

    package init(limits: Limits = Limits(), clock: any Clock<Duration> = ContinuousClock()) {
        self.limits = limits
        self.clock = clock
    }

    package func fetch(_ url: String, etag: String?) async throws -> FetchedPriceMap {
        guard let location = URL(string: url), let scheme = location.scheme?.lowercased() else {
            throw PriceMapFetchError("The address of the price map is no URL.", isRetriable: false)
        }
        switch scheme {
        case "file":
            let reader = BoundedFileReader()
            return .map(bytes: try await reader.read(location.path, limit: limits.bytes), etag: nil)
        case "http", "https":
            return try await withTimeLimit { try await get(location, etag: etag) }
        default:
            throw PriceMapFetchError("A price map cannot be had by \(scheme).", isRetriable: false)
        }
    }

    private func withTimeLimit(
        _ body: @escaping @Sendable () async throws -> FetchedPriceMap
    ) async throws -> FetchedPriceMap {
        let (clock, time) = (clock, limits.time)
        return try await withThrowingTaskGroup(of: FetchedPriceMap.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await clock.sleep(for: time)
                throw PriceMapFetchError("The price map did not arrive within \(time).", isRetriable: true)
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
    }

    private func get(_ first: URL, etag: String?) async throws -> FetchedPriceMap {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow, decompression: .disabled)
        configuration.timeout.connect = .seconds(10)
        configuration.httpVersion = .http1Only
        // Whoever asks tries again, with a pause of its own.
        configuration.connectionPool.retryConnectionEstablishment = false
        return try await HTTPClient.withHTTPClient(configuration: configuration) { client in
            var url = first
            for _ in 0...limits.redirects {
                let response: HTTPClientResponse
                do {
                    response = try await client.execute(request(for: url, etag: etag), timeout: .hours(1))
                } catch {
                    throw PriceMapFetchError(unreachable: error)
                }
                switch try step(response, from: url) {
                case .answer: return try await read(response)
                case .notModified: return .notModified
                case .redirect(let next): url = next
                }
            }
            let message = "The price map's server redirects more than \(limits.redirects) times."
            throw PriceMapFetchError(message, isRetriable: false)
        }
    }

    private func request(for url: URL, etag: String?) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: url.absoluteString)
        request.headers.add(name: "Accept", value: "application/json, text/plain;q=0.9")
        request.headers.add(name: "Accept-Encoding", value: "identity")
        request.headers.add(name: "User-Agent", value: "oliver")
        if let etag { request.headers.add(name: "If-None-Match", value: etag) }
        return request
    }

    private enum Step {
        case answer
        case notModified
        case redirect(URL)
    }

    private func step(_ response: HTTPClientResponse, from url: URL) throws(PriceMapFetchError) -> Step {
        let code = response.status.code
        switch code {
        case 200: return .answer
        case 304: return .notModified
        case 301, 302, 303, 307, 308:
            guard
                let text = response.headers.first(name: "Location"),
                let next = URL(string: text, relativeTo: url)?.absoluteURL,
                let scheme = next.scheme?.lowercased(), scheme == "https" || scheme == url.scheme?.lowercased()
            else {
                throw PriceMapFetchError("The price map's server redirects to where it must not.", isRetriable: false)
            }
            return .redirect(next)
        default:
            let isRetriable = code >= 500 || code == 429 || code == 408
            throw PriceMapFetchError("The price map's server answered \(code).", isRetriable: isRetriable)
        }
    }

    private func read(_ response: HTTPClientResponse) async throws -> FetchedPriceMap {
        let type = response.headers.first(name: "Content-Type") ?? ""
        guard Self.isAcceptable(type) else {
            let shown = type.isEmpty ? "no content type" : String(type.prefix(100))
            throw PriceMapFetchError("The price map came as \(shown), not as JSON.", isRetriable: false)
        }
        guard response.headers.first(name: "Content-Encoding").map({ $0.lowercased() == "identity" }) ?? true else {
            throw PriceMapFetchError("The price map came in an encoding that was not asked for.", isRetriable: false)
        }
        let tooLarge = PriceMapFetchError("The price map has more than \(limits.bytes) bytes.", isRetriable: false)
        let declared = response.headers.first(name: "Content-Length").flatMap { Int($0) }
        if let declared, declared > limits.bytes { throw tooLarge }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(declared ?? 4_000_000)
        do {
            for try await part in response.body {
                guard bytes.count + part.readableBytes <= limits.bytes else { throw tooLarge }
                bytes.append(contentsOf: part.readableBytesView)
            }
        } catch let error as PriceMapFetchError {
            throw error
        } catch {
            throw PriceMapFetchError(unreachable: error)
        }
        return .map(bytes: bytes, etag: response.headers.first(name: "ETag").map { String($0.prefix(256)) })
    }

    /// JSON, or plain text, which is what GitHub calls it.
    private static func isAcceptable(_ contentType: String) -> Bool {
        let type = contentType.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
        return type == "application/json" || type == "text/json" || type == "text/plain"
            || (type.hasPrefix("application/") && type.hasSuffix("+json"))
    }
}

extension PriceMapFetchError {
    /// A server that cannot be reached, or that broke off; a cancelled task is told so by its own error.
    fileprivate init(unreachable error: any Error) {
        self.init("The price map's server cannot be reached or broke off: \(error).", isRetriable: true)
    }
}
