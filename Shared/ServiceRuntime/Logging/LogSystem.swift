package import Logging
import Synchronization

/// The logging of one process: one sink and one level for all its services.
package final class LogSystem: Sendable {
    private let sink: any LogSink
    private let clock: any WallClock
    private let threshold: Atomic<Int>

    package init(
        level: Logger.Level = .info,
        sink: any LogSink = DescriptorLogSink(),
        clock: any WallClock = SystemWallClock()
    ) {
        self.sink = sink
        self.clock = clock
        self.threshold = Atomic(level.rank)
    }

    /// The level of all loggers made here.
    package var level: Logger.Level {
        Logger.Level.allCases[threshold.load(ordering: .relaxed)]
    }

    /// Changes the level of all loggers made here, also of those already handed out.
    package func setLevel(_ level: Logger.Level) {
        threshold.store(level.rank, ordering: .relaxed)
    }

    /// Makes the logger of a service.
    ///
    /// Its name becomes the field `service`.
    package func logger(service: String) -> Logger {
        Logger(label: service) { JSONLogHandler(service: $0, system: self) }
    }

    func handler(service: String) -> JSONLogHandler {
        JSONLogHandler(service: service, system: self)
    }

    func write(_ event: LogEvent, service: String, metadata: Logger.Metadata) {
        sink.write(line: logLine(event, service: service, metadata: metadata, at: clock.now))
    }
}

extension Logger.Level {
    /// The position among all levels, least severe first.
    fileprivate var rank: Int {
        Logger.Level.allCases.firstIndex(of: self) ?? 0
    }
}
