internal import ServiceRuntime
package import Streams

/// Opens counters by rebuilding them here and now.
package struct RebuildOpening: CounterOpening {
    private let rebuilder: CounterRebuilder
    private let partitioning: Partitioning
    private let clock: any Clock<Duration>

    package init(
        rebuilder: CounterRebuilder,
        partitioning: Partitioning,
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.rebuilder = rebuilder
        self.partitioning = partitioning
        self.clock = clock
    }

    package func open(_ counters: [CounterCatalogue.Counter], within limit: Duration) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.open(counters) }
            group.addTask {
                try await self.clock.sleep(for: limit)
                throw OpeningTimeout()
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func open(_ counters: [CounterCatalogue.Counter]) async throws {
        let partitions = Dictionary(grouping: counters) { partitioning.partition(ofWorkspace: $0.workspace) }
        for (partition, counters) in partitions {
            var names = counters.map(\.id)
            while !names.isEmpty {
                let some = Array(names.prefix(CounterRebuilder.batchLimit))
                do {
                    let done = try await rebuilder.rebuild(some, in: partition).filter(\.isRebuilt).map(\.name)
                    // What another rebuild took over is rebuilt again: that one may have begun too early.
                    names.removeAll { done.contains($0) }
                } catch let error as any RetriableError where error.isRetriable {
                    try await clock.sleep(for: .milliseconds(50))
                }
            }
        }
    }
}

/// Counters were not ready in time.
struct OpeningTimeout: Error, CustomStringConvertible {
    var description: String { "the counters were not ready in time" }
}
