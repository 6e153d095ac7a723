import Streams
import Synchronization
import Testing

/// A server that answers each call when it is told to, and a clock of which each wait ends when it is told to.
private final class Line: Sendable {
    typealias Calls = GroupedCalls<Int, Int>

    private struct State {
        var sizes: [Int] = []
        var time = Duration.zero
        var waits: [Duration] = []
        var call: CheckedContinuation<Void, Never>?
        var wait: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// How many requests each call had.
    var sizes: [Int] { state.withLock { $0.sizes } }
    /// How long calls were put off.
    var waits: [Duration] { state.withLock { $0.waits } }

    /// Calls at least a millisecond apart, unless four requests wait.
    func calls() -> Calls {
        Calls(
            limits: .init(batch: 100, queue: 100),
            spacing: .init(
                .milliseconds(1),
                enough: 4,
                now: { self.state.withLock { $0.time } },
                sleep: { duration in
                    await withCheckedContinuation { reply in
                        self.state.withLock { state in
                            state.waits.append(duration)
                            state.wait = reply
                        }
                    }
                }
            )
        ) { requests in
            await withCheckedContinuation { reply in
                self.state.withLock { state in
                    state.sizes.append(requests.count)
                    state.call = reply
                }
            }
            return requests
        }
    }

    func pass(_ duration: Duration) {
        state.withLock { $0.time += duration }
    }

    /// Has the call that is on its way return, once there is one.
    func answer() async { await resume(\.call) }

    /// Ends the wait for the next call, once there is one.
    func endWait() async { await resume(\.wait) }

    private func resume(_ who: sending WritableKeyPath<State, CheckedContinuation<Void, Never>?>) async {
        while true {
            let reply = state.withLock { state in
                defer { state[keyPath: who] = nil }
                return state[keyPath: who]
            }
            if let reply { return reply.resume() }
            await Task.yield()
        }
    }
}

/// Asks so many at once, and returns when they wait.
private func ask(_ calls: Line.Calls, _ count: Int, _ group: inout TaskGroup<Void>) async {
    for number in 0..<count { group.addTask { #expect((try? await calls.call(number).get()) == number) } }
    while calls.queuedWeight < count { await Task.yield() }
}

/// Runs calls, the first with one request and the second, which is on its way, with two.
private func withTwo(_ body: (Line, Line.Calls, inout TaskGroup<Void>) async -> Void) async {
    let line = Line()
    let calls = line.calls()
    await withTaskGroup(of: Void.self) { group in
        group.addTask { try? await calls.run() }
        group.addTask { _ = await calls.call(0) }
        while line.sizes.isEmpty { await Task.yield() }
        await ask(calls, 2, &group)
        await line.answer()
        while line.sizes.count < 2 { await Task.yield() }
        await body(line, calls, &group)
        group.cancelAll()
    }
}

@Suite(.timeLimit(.minutes(1))) struct `Spaced calls` {
    @Test func `share a call with what comes while the next is put off`() async {
        await withTwo { line, calls, group in
            line.pass(.microseconds(300))
            await ask(calls, 1, &group)
            await line.answer()
            while line.waits.isEmpty { await Task.yield() }
            #expect(line.sizes == [1, 2])
            await ask(calls, 2, &group)
            await line.endWait()
            await line.answer()
            #expect(line.sizes == [1, 2, 3])
            #expect(line.waits == [.microseconds(700)])
        }
    }

    @Test func `are not put off once their time has come`() async {
        await withTwo { line, calls, group in
            line.pass(.milliseconds(1))
            await ask(calls, 1, &group)
            await line.answer()
            await line.answer()
            #expect(line.sizes == [1, 2, 1])
            #expect(line.waits.isEmpty)
        }
    }

    /// Four who ask again once they are answered would get a thousand calls a second otherwise.
    @Test func `are not put off when as many wait as the last one had, or enough`() async {
        await withTwo { line, calls, group in
            for count in [2, 5, 4] {
                await ask(calls, count, &group)
                await line.answer()
                let calls = line.sizes.count
                while line.sizes.count == calls, line.waits.isEmpty { await Task.yield() }
            }
            await line.answer()
            #expect(line.sizes == [1, 2, 2, 5, 4])
            #expect(line.waits.isEmpty)
        }
    }

    @Test func `let nobody wait who comes alone`() async {
        let line = Line()
        let calls = line.calls()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await calls.run() }
            for _ in 0..<3 {
                group.addTask { _ = await calls.call(0) }
                await line.answer()
            }
            #expect(line.sizes == [1, 1, 1])
            #expect(line.waits.isEmpty)
            group.cancelAll()
        }
    }

    @Test func `answer what waits at once when they stop`() async {
        await withTwo { line, calls, group in
            await ask(calls, 1, &group)
            group.cancelAll()
            await line.answer()
            await line.answer()
            #expect(line.sizes == [1, 2, 1])
            #expect(line.waits.isEmpty)
        }
    }
}
