internal import Domain
package import Hummingbird
package import Logging
package import NIOCore

/// The whole HTTP face of a process, without sockets: routes, problems, request ids, metrics, health.
///
/// A server feeds it; tests ask it directly.
package struct HTTPFront: Sendable {
    private let responder: RouterResponder<OliverRequestContext>
    private let metrics: RequestMetrics
    private let ids = RequestIDSource()
    private let dates: DateHeader
    private let logger: Logger
    /// The limits it keeps.
    package let configuration: HTTPConfiguration

    /// Assembles the router: the health routes, then each part's.
    ///
    /// `name` is the label `service` of the request metrics; `/readyz` waits `readinessTimeout` for its checks.
    package init(
        parts: [ServiceParts],
        registry: PrometheusRegistry,
        logger: Logger,
        name: String = "http",
        configuration: HTTPConfiguration = HTTPConfiguration(),
        clock: any WallClock = SystemWallClock(),
        readinessTimeout: Duration = .milliseconds(900)
    ) {
        let table = RouteTable()
        let router = Router(context: OliverRequestContext.self, options: [.autoGenerateHeadEndpoints])
        router.add(middleware: ProblemMiddleware(routes: table))
        HealthRoutes(checks: parts.flatMap(\.readiness), registry: registry, timeout: readinessTimeout).add(to: router)
        for part in parts {
            part.routes(router)
        }
        responder = router.buildResponder()
        table.learn(router)
        metrics = RequestMetrics(registry: registry, service: name)
        dates = DateHeader(clock: clock)
        self.logger = logger
        self.configuration = configuration
    }

    /// Answers a request.
    ///
    /// Every error of a route is answered as a problem.
    ///
    /// - Parameters:
    ///   - request: What is asked.
    ///   - address: Where the connection came from, when it is known.
    /// - Returns: The answer.
    /// - Throws: Only when the request's bytes were no HTTP; the server below answers that.
    package func respond(to request: Request, from address: SocketAddress? = nil) async throws -> Response {
        guard let text = request.headers.value(of: .traceParent), let trace = TraceParent(text) else {
            return try await answer(request, from: address)
        }
        return try await TraceParent.$current.withValue(trace) { try await answer(request, from: address) }
    }

    private func answer(_ request: Request, from address: SocketAddress?) async throws -> Response {
        let start = ContinuousClock.now
        metrics.began()
        let context = OliverRequestContext(
            source: .init(
                logger: logger,
                requestID: ids.id(for: request),
                maxBodySize: configuration.maxBodySize,
                address: request.clientAddress(behind: configuration.trustedProxies, peer: address)
            )
        )
        var response: Response
        do {
            response = try await responder.respond(to: request, context: context)
        } catch {
            metrics.ended(route: nil, method: request.method, status: 400, took: .now - start)
            throw error
        }
        response.headers[.requestID] = context.requestID
        response.headers[.date] = dates.text
        let duration = ContinuousClock.now - start
        metrics.ended(
            route: context.endpointPath,
            method: request.method,
            status: response.status.code,
            took: duration
        )
        note(request, response, context, took: duration)
        return response
    }

    /// One line for each request, for those who look closely.
    private func note(_ request: Request, _ response: Response, _ context: OliverRequestContext, took: Duration) {
        guard logger.logLevel <= .debug else { return }
        context.logger.debug(
            "answered",
            metadata: [
                "http.method": "\(request.method)", "http.route": "\(context.endpointPath ?? "unmatched")",
                "http.status": "\(response.status.code)", "duration": "\(took)",
            ]
        )
    }
}
