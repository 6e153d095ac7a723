internal import FoundationEssentials
internal import Outbound

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

    package init(limits: Limits = Limits()) {
        self.limits = limits
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
            return try await get(location, etag: etag)
        default:
            throw PriceMapFetchError("A price map cannot be had by \(scheme).", isRetriable: false)
        }
    }

    private func get(_ first: URL, etag: String?) async throws -> FetchedPriceMap {
        let client = HTTPClient()
        let deadline = ContinuousClock.now + limits.time
        var url = first
        for _ in 0...limits.redirects {
            let response = try await send(request(for: url, etag: etag), over: client, until: deadline)
            switch try step(response, from: url) {
            case .answer: return try read(response)
            case .notModified: return .notModified
            case .redirect(let next): url = next
            }
        }
        let message = "The price map's server redirects more than \(limits.redirects) times."
        throw PriceMapFetchError(message, isRetriable: false)
    }

    private func request(for url: URL, etag: String?) -> HTTPClient.Request {
        var request = HTTPClient.Request(.get, url.absoluteString)
        request.headers = [
            ("Accept", "application/json, text/plain;q=0.9"), ("Accept-Encoding", "identity"), ("User-Agent", "oliver"),
        ]
        if let etag { request.headers.append(("If-None-Match", etag)) }
        return request
    }

    private func send(
        _ request: HTTPClient.Request,
        over client: HTTPClient,
        until deadline: ContinuousClock.Instant
    ) async throws -> HTTPClient.Response {
        let left = deadline - ContinuousClock.now
        let bounds = HTTPClient.Limits(bytes: limits.bytes, time: left, connecting: .seconds(10))
        do {
            return try await client.send(request, within: bounds)
        } catch let error as OutboundError {
            // The body of an answer that is no map does not matter, however long it is.
            if let status = error.status, status != 200 { throw PriceMapFetchError(status: status) }
            switch error.code {
            case .timeout:
                throw PriceMapFetchError("The price map did not arrive within \(limits.time).", isRetriable: true)
            case .tooLarge:
                throw PriceMapFetchError("The price map has more than \(limits.bytes) bytes.", isRetriable: false)
            default:
                let message = "The price map's server cannot be reached or broke off: \(error)."
                throw PriceMapFetchError(message, isRetriable: error.isRetriable)
            }
        }
    }

    private enum Step {
        case answer
        case notModified
        case redirect(URL)
    }

    private func step(_ response: HTTPClient.Response, from url: URL) throws(PriceMapFetchError) -> Step {
        switch response.status {
        case 200: return .answer
        case 304: return .notModified
        case 301, 302, 303, 307, 308:
            guard
                let text = response.header("Location"),
                let next = URL(string: text, relativeTo: url)?.absoluteURL,
                let scheme = next.scheme?.lowercased(), scheme == "https" || scheme == url.scheme?.lowercased()
            else {
                throw PriceMapFetchError("The price map's server redirects to where it must not.", isRetriable: false)
            }
            return .redirect(next)
        default: throw PriceMapFetchError(status: response.status)
        }
    }

    private func read(_ response: HTTPClient.Response) throws(PriceMapFetchError) -> FetchedPriceMap {
        let type = response.header("Content-Type") ?? ""
        guard Self.isAcceptable(type) else {
            let shown = type.isEmpty ? "no content type" : String(type.prefix(100))
            throw PriceMapFetchError("The price map came as \(shown), not as JSON.", isRetriable: false)
        }
        guard response.header("Content-Encoding").map({ $0.lowercased() == "identity" }) ?? true else {
            throw PriceMapFetchError("The price map came in an encoding that was not asked for.", isRetriable: false)
        }
        return .map(bytes: response.body, etag: response.header("ETag").map { String($0.prefix(256)) })
    }

    /// JSON, or plain text, which is what GitHub calls it.
    private static func isAcceptable(_ contentType: String) -> Bool {
        let type = contentType.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
        return type == "application/json" || type == "text/json" || type == "text/plain"
            || (type.hasPrefix("application/") && type.hasSuffix("+json"))
    }
}

extension PriceMapFetchError {
    /// A server that answers with something else than a map.
    fileprivate init(status: Int) {
        let isRetriable = status >= 500 || status == 429 || status == 408
        self.init("The price map's server answered \(status).", isRetriable: isRetriable)
    }
}
