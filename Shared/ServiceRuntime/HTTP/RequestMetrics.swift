import HTTPTypes
import Hummingbird
import Metrics
import Synchronization

/// Rate, errors and duration of requests, by route pattern.
final class RequestMetrics: Sendable {
    private struct Key: Hashable {
        let route: String
        let method: String
        let status: Int
    }

    private struct Handles {
        let requests: Counter
        let duration: Metrics.Timer
    }

    private let handles = Mutex<[Key: Handles]>([:])
    private let inFlight: Meter
    private let factory: any MetricsFactory

    init(registry: PrometheusRegistry, service: String) {
        registry.describe("oliver_http_requests_total", help: "Requests answered, by route pattern and status")
        registry.describe("oliver_http_request_duration_seconds", help: "Time from a request's head to its answer")
        registry.describe("oliver_http_requests_in_flight", help: "Requests being worked on")
        factory = registry.factory(service: service)
        self.inFlight = Meter(label: "oliver_http_requests_in_flight", factory: factory)
    }

    func began() {
        inFlight.increment()
    }

    /// Counts a finished request.
    ///
    /// Its labels are bounded: routes are patterns, unknown methods are one.
    func ended(route: String?, method: HTTPRequest.Method, status: Int, took duration: Duration) {
        inFlight.decrement()
        let key = Key(
            route: route == RouteTable.unmatched ? "unmatched" : route ?? "unmatched",
            method: knownMethods.contains(method.rawValue) ? method.rawValue : "OTHER",
            status: status
        )
        let found = handles.withLock { handles in
            if let known = handles[key] { return known }
            let made = makeHandles(key)
            handles[key] = made
            return made
        }
        let (seconds, attoseconds) = duration.components
        found.requests.increment()
        found.duration.recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }

    private func makeHandles(_ key: Key) -> Handles {
        let route = [("route", key.route), ("method", key.method)]
        return Handles(
            requests: Counter(
                label: "oliver_http_requests",
                dimensions: route + [("status", String(key.status))],
                factory: factory
            ),
            duration: Metrics.Timer(label: "oliver_http_request_duration", dimensions: route, factory: factory)
        )
    }
}

private let knownMethods: Set<String> = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
