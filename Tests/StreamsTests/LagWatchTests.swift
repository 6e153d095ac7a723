import CoreMetrics
import Logging
import Streams
import Synchronization
import TestSupport
import Testing

@Suite struct `A lag watch` {
    @Test func `adds consumers of all partitions up and knows which of them are silent`() {
        func lag(_ partition: Int, _ consumers: [ConsumerLag]) -> StreamLag {
            StreamLag(
                stream: .priced,
                group: .ledger,
                partition: Partition(number: partition),
                behind: 1,
                pending: 2,
                oldestPendingMilliseconds: 0,
                behindMilliseconds: 0,
                consumers: consumers
            )
        }
        let stages = StageLag.summing([
            lag(0, [ConsumerLag(name: "a", pending: 2, idleMilliseconds: 90_000)]),
            lag(
                1,
                [
                    ConsumerLag(name: "b", pending: 0, idleMilliseconds: 300),
                    ConsumerLag(name: "a", pending: 1, idleMilliseconds: 80_000),
                ]
            ),
        ])
        #expect(stages.count == 1)
        #expect(stages[0].behind == 6)
        #expect(stages[0].consumers.map(\.pending) == [3, 0])
        #expect(stages[0].activeConsumers == 1)
        #expect(stages[0].idleMilliseconds == 300)
        #expect(stages[0].holderIdleMilliseconds == 80_000)
    }

    @Test func `remembers as many samples as it may, and counts what was given up on`() async throws {
        let streams = InMemoryStreams(partitioning: Partitioning(count: 2), now: { 1_000 })
        try await streams.prepare()
        let now = Atomic<Int64>(0)
        let watch = LagWatch(
            streams,
            keeping: 2,
            factory: NOOPMetricsHandler.instance,
            now: { now.add(1_000, ordering: .relaxed).newValue },
            logger: .quiet
        )
        await watch.look()
        let claim = Claim(
            partition: .first,
            idHash: Array(repeating: 7, count: 16),
            digest: [1, 2, 3, 4, 5, 6, 7, 8],
            payload: [1]
        )
        _ = await streams.claim([claim])
        await watch.look()
        #expect(watch.history.map(\.at) == [1_000, 2_000])
        let reader = streams.reader(of: .raw, for: .pricing, as: "one")
        let deliveries = try await reader.read(limit: 10, wait: .zero)
        try await streams.bury(deliveries.map { Burial(delivery: $0, reason: "test") }, from: .pricing)
        await watch.look()
        #expect(watch.history.map(\.at) == [2_000, 3_000])
        #expect(watch.history.map(\.deadLetters) == [0, 1])
        let raw = watch.history.map { $0.stages.first { $0.group == .pricing }?.behind }
        #expect(raw == [1, 0])
    }
}
