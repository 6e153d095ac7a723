internal import Domain
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import ServiceRuntime
internal import Synchronization

/// What the web app may do in a browser: run its own scripts and talk to this server, and nothing else.
///
/// Browsers report what they refused; reports are logged, as anybody may send them only so many a minute.
final class ContentSecurity: Sendable {
    static let reportPath = "/csp-report"
    private static let bodyLimit = 16 << 10
    private static let reportsPerMinute = 30

    private struct Minute {
        var number: Int64 = 0
        var reports = 0
    }

    private let isHTTPS: Bool
    private let clock: any WallClock
    private let minute = Mutex(Minute())

    /// - Parameters:
    ///   - isHTTPS: Whether people reach the server by HTTPS: browsers then insist on it.
    ///   - clock: Tells one minute from the next.
    init(isHTTPS: Bool, clock: any WallClock) {
        self.isHTTPS = isHTTPS
        self.clock = clock
    }

    private static let policy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'",
        "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
        "report-uri \(reportPath)",
    ].joined(separator: "; ")

    /// The headers of a file; the page says most, because what it says holds for all that it loads.
    func headers(isPage: Bool) -> HTTPFields {
        var headers: HTTPFields = [.xContentTypeOptions: "nosniff"]
        Self.set("cross-origin-resource-policy", "same-origin", in: &headers)
        guard isPage else { return headers }
        headers[.contentSecurityPolicy] = Self.policy
        Self.set("referrer-policy", "same-origin", in: &headers)
        Self.set("cross-origin-opener-policy", "same-origin", in: &headers)
        Self.set("permissions-policy", "camera=(), geolocation=(), microphone=()", in: &headers)
        if isHTTPS { headers[.strictTransportSecurity] = "max-age=31536000" }
        return headers
    }

    /// Adds the route that browsers report to.
    func add(to router: Router<OliverRequestContext>) {
        router.post(RouterPath(Self.reportPath)) { [self] request, context in
            let body = try await request.readBody(limit: Self.bodyLimit)
            if takes() { Self.log(Array(buffer: body), context.logger) }
            return Response(status: .noContent)
        }
    }

    private func takes() -> Bool {
        let now = clock.now.microseconds / 60_000_000
        return minute.withLock { minute in
            if minute.number != now { minute = Minute(number: now) }
            minute.reports += 1
            return minute.reports <= Self.reportsPerMinute
        }
    }

    private static func log(_ body: [UInt8], _ logger: Logger) {
        guard let report = (try? JSONValue(parsing: body))?["csp-report"] else { return }
        func text(_ name: String) -> Logger.MetadataValue {
            .string(String((report[name]?.text ?? "").prefix(300)))
        }
        logger.warning(
            "a browser refused what the web app wanted to do",
            metadata: [
                "csp.directive": text("violated-directive"),
                "csp.blocked": text("blocked-uri"),
                "csp.source": text("source-file"),
            ]
        )
    }

    private static func set(_ name: String, _ value: String, in headers: inout HTTPFields) {
        if let name = HTTPField.Name(name) { headers[name] = value }
    }
}
