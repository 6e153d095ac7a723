internal import Domain
package import Logging
internal import Outbound
internal import ServiceLifecycle
package import ServiceRuntime

/// Uses Oliver as its clients do, again and again, and tells whether the answers are right and how long they took.
///
/// It goes through the door that clients use, with a key that is bound to a workspace of its own.
package struct Probe: Service {
    /// How it works.
    package struct Configuration: Sendable {
        /// Where clients find Oliver, without a slash at the end.
        package var url: String
        package var key: String
        /// From one round to the next.
        package var interval: Duration
        /// How long an event may take until reports have it.
        package var patience = Duration.seconds(30)
    }

    private let configuration: Configuration
    private let instance: String
    private let metrics: ProbeMetrics
    private let clock: any WallClock
    private let logger: Logger

    package init(
        _ configuration: Configuration,
        instance: String,
        metrics: ProbeMetrics,
        clock: any WallClock,
        logger: Logger
    ) {
        self.configuration = configuration
        self.instance = instance
        self.metrics = metrics
        self.clock = clock
        self.logger = logger
    }

    /// Probes until a graceful stop.
    package func run() async throws {
        let target = ProbeDoor(url: configuration.url, key: configuration.key)
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do { try await Task.sleep(for: self.configuration.interval) } catch { return }
                await self.round(target)
            }
        }
    }

    /// Does one round and tells how it ended.
    func round(_ target: any ProbeTarget) async {
        let now = clock.now
        let round = ProbeRound(
            target: target,
            id: "probe-\(instance)-\(now.microseconds)",
            patience: configuration.patience,
            clock: ContinuousClock()
        )
        do {
            let delay = try await round.run(at: now)
            metrics.ended(.ok, delay: delay, at: clock.now.seconds)
        } catch is CancellationError {
            return
        } catch let error as ProbeMismatch {
            metrics.ended(.wrong, at: clock.now.seconds)
            logger.error("the probe found a fault", metadata: ["fault": "\(error)"])
        } catch {
            metrics.ended(.failed, at: clock.now.seconds)
            logger.warning("the probe got no answer", metadata: ["error": "\(error)"])
        }
    }
}

/// The HTTP API as clients reach it.
struct ProbeDoor: ProbeTarget {
    private let http = HTTPClient()
    let url: String
    let key: String

    private static let limits = HTTPClient.Limits(bytes: 4 << 20, time: .seconds(15), connecting: .seconds(5))

    func send(_ path: String, _ body: [UInt8]?) async throws -> (status: Int, body: [UInt8]) {
        var request = HTTPClient.Request(body == nil ? .get : .post, url + path, body: body)
        request.headers = [("Authorization", "Bearer \(key)")]
        if body != nil { request.headers.append(("Content-Type", "application/json")) }
        let response = try await http.send(request, within: Self.limits)
        return (response.status, response.body)
    }
}
