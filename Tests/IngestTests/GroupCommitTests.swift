import CoreMetrics
import ServiceLifecycle
import Streams
import Synchronization
import Testing

@testable import Ingest

/// Streams that hold every claim back until they are told to go on, and remember how claims came.
private final class HeldProducer: StreamProducer {
    private let streams = InMemoryStreams(now: { 1_795_428_000_000 })
    private let state = Mutex<(sizes: [Int], waiting: [CheckedContinuation<Void, Never>], isOpen: Bool)>(
        ([], [], false)
    )

    var partitioning: Partitioning { streams.partitioning }
    var sizes: [Int] { state.withLock { $0.sizes } }

    func claim(_ claims: [Claim]) async -> [ClaimOutcome] {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                state.sizes.append(claims.count)
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
        return await streams.claim(claims)
    }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func settleReports() async throws -> Int { try await streams.settleReports() }

    func publish(_ notices: [Notice]) async throws {}

    func pressure() async throws -> StreamPressure { try await streams.pressure() }
}

private func claim(_ number: Int, digest: UInt8 = 1) -> Claim {
    Claim(
        partition: .first,
        idHash: (0..<16).map { UInt8(truncatingIfNeeded: number >> (8 * ($0 % 4))) },
        digest: Array(repeating: digest, count: 8),
        payload: [1, 2, 3]
    )
}

private func withCommit(
    _ producer: any StreamProducer,
    limits: GroupCommit.Limits = .init(),
    _ body: (GroupCommit) async throws -> Void
) async throws {
    let commit = GroupCommit(
        producer: producer,
        limits: limits,
        metrics: IngestMetrics(factory: NOOPMetricsHandler.instance)
    )
    try await withThrowingTaskGroup { group in
        group.addTask { try await commit.run() }
        try await body(commit)
        group.cancelAll()
    }
}

@Suite(.timeLimit(.minutes(1))) struct `A group commit` {
    @Test func `gives each request the outcomes of its own claims`() async throws {
        try await withCommit(InMemoryStreams(now: { 1_795_428_000_000 })) { commit in
            try await withThrowingTaskGroup { group in
                for number in 0..<200 {
                    group.addTask {
                        let claims = [claim(number), claim(number), claim(number, digest: 2)]
                        let outcomes = await commit.claim(claims)
                        #expect(outcomes == [.accepted, .duplicate, .conflict])
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func `sends what queued up during a commit as one`() async throws {
        let producer = HeldProducer()
        try await withCommit(producer) { commit in
            try await withThrowingTaskGroup { group in
                group.addTask { _ = await commit.claim([claim(0)]) }
                while producer.sizes.isEmpty { await Task.yield() }
                for number in 1...50 {
                    group.addTask { _ = await commit.claim([claim(number)]) }
                }
                while commit.queuedClaims < 50 { await Task.yield() }
                producer.open()
                try await group.waitForAll()
            }
        }
        #expect(producer.sizes == [1, 50])
    }

    @Test func `takes as much as one commit may hold, in order, and a heavier request alone`() async throws {
        let producer = HeldProducer()
        var limits = GroupCommit.Limits()
        limits.batch = 10
        try await withCommit(producer, limits: limits) { commit in
            try await withThrowingTaskGroup { group in
                group.addTask { _ = await commit.claim([claim(0)]) }
                while producer.sizes.isEmpty { await Task.yield() }
                var queued = 0
                for (request, weight) in [4, 4, 4, 25, 1].enumerated() {
                    group.addTask {
                        let claims = (0..<weight).map { claim(1_000 * (request + 1) + $0) }
                        #expect(await commit.claim(claims) == Array(repeating: .accepted, count: weight)[...])
                    }
                    queued += weight
                    while commit.queuedClaims < queued { await Task.yield() }
                }
                producer.open()
                try await group.waitForAll()
            }
        }
        #expect(producer.sizes == [1, 8, 4, 25, 1])
    }

    @Test func `refuses at once what its queue cannot hold`() async throws {
        let producer = HeldProducer()
        var limits = GroupCommit.Limits()
        limits.queue = 10
        try await withCommit(producer, limits: limits) { commit in
            try await withThrowingTaskGroup { group in
                group.addTask { _ = await commit.claim([claim(0)]) }
                while producer.sizes.isEmpty { await Task.yield() }
                group.addTask { _ = await commit.claim((1...10).map { claim($0) }) }
                while commit.queuedClaims < 10 { await Task.yield() }
                let outcomes = await commit.claim([claim(99)])
                guard case .refused(let refusal)? = outcomes.first else {
                    Issue.record("unexpected \(outcomes)")
                    return
                }
                #expect(refusal.code == .unavailable)
                producer.open()
                try await group.waitForAll()
            }
        }
    }

    @Test func `answers everybody when it stops, and refuses afterwards`() async throws {
        let commit = GroupCommit(
            producer: InMemoryStreams(now: { 1_795_428_000_000 }),
            metrics: IngestMetrics(factory: NOOPMetricsHandler.instance)
        )
        try await withThrowingTaskGroup { group in
            group.addTask { try await commit.run() }
            _ = await commit.claim([claim(1)])
            group.cancelAll()
            try await group.waitForAll()
        }
        let late = await commit.claim([claim(2)])
        guard case .refused? = late.first else {
            Issue.record("a stopped commit took a claim")
            return
        }
    }
}
