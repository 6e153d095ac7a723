package import Logging
internal import ServiceLifecycle
internal import ServiceRuntime
package import Streams

/// Moves reports on calls into the stream once nobody is waited for any more.
package struct ReportKeeper: Service {
    private let producer: any StreamProducer
    private let interval: Duration
    private let logger: Logger

    package init(producer: any StreamProducer, interval: Duration = .milliseconds(250), logger: Logger) {
        self.producer = producer
        self.interval = interval
        self.logger = logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    // A server that is away keeps what it has: it is asked again.
                    while try await self.producer.settleReports() > 0 {}
                } catch {
                    self.logger.debug("reports wait", metadata: ["error": "\(error)"])
                }
                do { try await Task.sleep(for: self.interval) } catch { return }
            }
        }
    }
}
