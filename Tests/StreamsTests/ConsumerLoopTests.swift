import Logging
import ServiceLifecycle
import Streams
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct `consumer loop` {
    @Test func `moves everything through its handler and trims behind it`() async throws {
        try await withLoop { _ in
            .done
        } body: { test in
            await test.add(0..<50)
            try await test.until { $0.count == 50 }
            test.clock.advance(by: .seconds(2))
            await test.add(50..<51)
            try await test.until { $0.count == 51 }
        }
    }

    @Test func `a poison entry is buried and the rest flows on`() async throws {
        try await withLoop { batch in
            .acknowledging(batch, except: [Int: String](batch.indices.filter { batch[$0].payload == [3] }, "three"))
        } body: { test in
            await test.add(0..<6)
            test.streams.addMalformedEntry(to: .raw, in: .first)
            await test.add(6..<8)
            try await test.untilDead(2)
            try await test.until { $0.count >= 8 }
            let letters = try await test.streams.deadLetters(after: nil, limit: 10).letters
            #expect(Set(letters.map(\.reason)) == ["three", "the entry has no readable payload"])
            try await test.untilLag(0)
        }
    }

    @Test func `an entry that always fails is buried and blames no neighbour`() async throws {
        struct Broken: Error {}
        try await withLoop { batch in
            if batch.contains(where: { $0.payload == [3] }) { throw Broken() }
            return .acknowledging(batch)
        } body: { test in
            await test.add(0..<8)
            for _ in 1..<5 {
                await test.clock.waitForSleepers()
                test.clock.advance(by: .seconds(6))
            }
            try await test.untilDead(1)
            try await test.untilLag(0)
            let letter = try await test.streams.deadLetters(after: nil, limit: 10).letters.first
            #expect(letter?.payload == [3])
            #expect(letter?.reason.contains("Broken") == true)
        }
    }

    @Test func `an outage repeats the batch until it passes`() async throws {
        struct Away: RetriableError { var isRetriable: Bool { true } }
        let failures = Mutex(12)
        try await withLoop { batch in
            let isAway = failures.withLock { left in
                left -= 1
                return left >= 0
            }
            if isAway { throw Away() }
            return .acknowledging(batch)
        } body: { test in
            await test.add(0..<4)
            for _ in 0..<12 {
                await test.clock.waitForSleepers()
                test.clock.advance(by: .seconds(6))
            }
            try await test.untilLag(0)
            #expect(try await test.streams.deadLetters(after: nil, limit: 10).letters.isEmpty)
        }
    }

    @Test func `graceful shutdown finishes the batch in hand and reads no more`() async throws {
        let streams = try await streams()
        let gate = Gate()
        let loop = loop(streams, LoopTime(ManualClock())) { batch in
            await gate.enter()
            while !Task.isShuttingDownGracefully { await Task.yield() }
            return .acknowledging(batch)
        }
        let group = ServiceGroup(services: [loop], logger: .quiet)
        async let run: Void = group.run()
        _ = await streams.claim([claim(0)])
        await gate.waitForVisitor()
        _ = await streams.claim([claim(1)])
        await group.triggerGracefulShutdown()
        gate.open()
        try await run
        let lag = try await streams.lag().first { $0.group == .pricing }
        #expect(lag?.pending == 0)
        #expect(lag?.behind == 1)
    }

    @Test func `cancellation stops at once and leaves the batch to the next start`() async throws {
        let streams = try await streams()
        let gate = Gate()
        let first = loop(streams, LoopTime(ManualClock())) { batch in
            await gate.enter()
            try Task.checkCancellation()
            return .acknowledging(batch)
        }
        let task = Task { try await first.run() }
        _ = await streams.claim([claim(0)])
        await gate.waitForVisitor()
        task.cancel()
        gate.open()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await streams.lag().first { $0.group == .pricing }?.pending == 1)

        let recovered = Mutex<[Delivery]>([])
        let second = loop(streams, LoopTime(ManualClock())) { batch in
            recovered.withLock { $0 += batch }
            return .acknowledging(batch)
        }
        let again = Task { try await second.run() }
        while recovered.withLock({ $0.isEmpty }) { await Task.yield() }
        again.cancel()
        _ = await again.result
        #expect(recovered.withLock { $0.map(\.attempts) } == [2])
    }
}

// MARK: - Support

/// A loop over streams in memory, while it runs.
struct RunningLoop: Sendable {
    let streams: InMemoryStreams
    let clock: ManualClock
    let handled: @Sendable () -> [Delivery]

    /// Adds numbered events.
    func add(_ numbers: Range<Int>) async { _ = await streams.claim(numbers.map { claim($0) }) }

    /// Waits until the handled entries are as wanted.
    func until(_ condition: ([Delivery]) -> Bool) async throws {
        while !condition(handled()) { try await pause() }
    }

    /// Waits until there are so many dead letters.
    func untilDead(_ count: Int) async throws {
        while try await streams.deadLetters(after: nil, limit: 100).letters.count < count { try await pause() }
    }

    /// Waits until so much is behind or pending.
    func untilLag(_ wanted: Int) async throws {
        while try await streams.lag().filter({ $0.group == .pricing }).map({ $0.behind + $0.pending }).reduce(0, +)
            != wanted
        {
            try await pause()
        }
    }

    private func pause() async throws {
        try Task.checkCancellation()
        await Task.yield()
    }
}

private struct Handler: BatchHandler {
    var body: @Sendable ([Delivery]) async throws -> BatchOutcome
    func handle(_ batch: [Delivery]) async throws -> BatchOutcome { try await body(batch) }
}

private func streams() async throws -> InMemoryStreams {
    let streams = InMemoryStreams(partitioning: Partitioning(count: 1), now: { 1_795_000_000_000 })
    try await streams.prepare()
    return streams
}

private func claim(_ number: Int) -> Claim {
    Claim(
        partition: .first,
        idHash: (0..<16).map { UInt8(truncatingIfNeeded: number >> ($0 % 4 * 8)) },
        digest: Array(repeating: 1, count: 16),
        payload: [UInt8(truncatingIfNeeded: number)]
    )
}

private func loop(
    _ streams: InMemoryStreams,
    _ time: LoopTime,
    handle: @escaping @Sendable ([Delivery]) async throws -> BatchOutcome
) -> ConsumerLoop {
    ConsumerLoop(
        ConsumerConfiguration(stream: .raw, group: .pricing, consumer: "one", batchLimit: 10),
        streams: streams,
        handler: Handler(body: handle),
        time: time,
        logger: .quiet
    )
}

/// Runs a loop while the body does; entries that are handled without an error are acknowledged unless the outcome says
/// so.
private func withLoop(
    handle: @escaping @Sendable ([Delivery]) async throws -> BatchOutcome,
    body: (RunningLoop) async throws -> Void
) async throws {
    let streams = try await streams()
    let clock = ManualClock()
    let handled = Mutex<[Delivery]>([])
    let box = Box(handled: handled)
    let loop = loop(streams, LoopTime(clock)) { batch in
        var outcome = try await handle(batch)
        if outcome == .done { outcome = .acknowledging(batch) }
        box.add(batch)
        return outcome
    }
    let task = Task { try await loop.run() }
    defer { task.cancel() }
    try await body(RunningLoop(streams: streams, clock: clock, handled: { box.all }))
}

private final class Box: Sendable {
    private let handled: Mutex<[Delivery]>
    init(handled: consuming Mutex<[Delivery]>) { self.handled = handled }
    func add(_ batch: [Delivery]) { handled.withLock { $0 += batch } }
    var all: [Delivery] { handled.withLock { $0 } }
}

/// Holds a visitor until it is opened.
private final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var visitors: [CheckedContinuation<Void, Never>] = []
        var watchers: [CheckedContinuation<Void, Never>] = []
        var hasVisitor = false
    }

    private let state = Mutex(State())

    func enter() async {
        await withCheckedContinuation { continuation in
            let (isOpen, watchers) = state.withLock { state in
                state.hasVisitor = true
                if !state.isOpen { state.visitors.append(continuation) }
                defer { state.watchers.removeAll() }
                return (state.isOpen, state.watchers)
            }
            for watcher in watchers { watcher.resume() }
            if isOpen { continuation.resume() }
        }
    }

    func waitForVisitor() async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if !state.hasVisitor { state.watchers.append(continuation) }
                return state.hasVisitor
            }
            if isThere { continuation.resume() }
        }
    }

    func open() {
        let visitors = state.withLock { state in
            state.isOpen = true
            defer { state.visitors.removeAll() }
            return state.visitors
        }
        for visitor in visitors { visitor.resume() }
    }
}

extension [Int: String] {
    fileprivate init(_ indices: [Int], _ reason: String) {
        self.init(uniqueKeysWithValues: indices.map { ($0, reason) })
    }
}
