package import CoreMetrics
package import Logging
internal import ServiceLifecycle
internal import Synchronization

/// The figures of all stages at one moment.
package struct LagSample: Hashable, Sendable {
    /// Milliseconds since 1970.
    package var at: Int64
    /// Summed over partitions.
    package var stages: [StageLag]
    /// Entries that were given up on and wait for somebody.
    package var deadLetters: Int

    package init(at: Int64, stages: [StageLag], deadLetters: Int) {
        self.at = at
        self.stages = stages
        self.deadLetters = deadLetters
    }

    /// Takes a sample now.
    package static func take(of streams: any StreamOperator, at: Int64) async throws -> LagSample {
        let stages = StageLag.summing(try await streams.lag())
        return LagSample(at: at, stages: stages, deadLetters: try await streams.deadLetterCount())
    }
}

/// Looks again and again how far every stage is behind, shows it as metrics and remembers the last of it.
package final class LagWatch: Service {
    private let streams: any StreamOperator
    private let interval: Duration
    private let kept: Int
    private let metrics: LagMetrics
    private let now: @Sendable () -> Int64
    private let time: LoopTime
    private let logger: Logger
    private let samples = Mutex<[LagSample]>([])

    /// - Parameters:
    ///   - streams: What is looked at.
    ///   - interval: From one look to the next.
    ///   - kept: How many samples are remembered at most.
    ///   - factory: Makes the metrics.
    ///   - now: Milliseconds since 1970.
    ///   - time: Measures the pauses.
    ///   - logger: Told of failures.
    package init(
        _ streams: any StreamOperator,
        interval: Duration = .seconds(5),
        keeping kept: Int = 1,
        factory: any MetricsFactory,
        now: @escaping @Sendable () -> Int64,
        time: LoopTime = .system,
        logger: Logger
    ) {
        self.streams = streams
        self.interval = interval
        self.kept = kept
        metrics = LagMetrics(factory: factory)
        self.now = now
        self.time = time
        self.logger = logger
    }

    /// What was seen, oldest first.
    package var history: [LagSample] { samples.withLock { $0 } }

    /// Looks until a graceful stop.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.look()
                do { try await self.time.sleep(self.interval) } catch { return }
            }
        }
    }

    /// Looks once; streams that do not answer are looked at again the next time, and the age of the sample tells.
    package func look() async {
        do {
            let sample = try await LagSample.take(of: streams, at: now())
            metrics.show(sample)
            samples.withLock { samples in
                samples.append(sample)
                if samples.count > kept { samples.removeFirst(samples.count - kept) }
            }
        } catch {
            logger.debug("the lag cannot be read", metadata: ["error": "\(error)"])
        }
    }
}
