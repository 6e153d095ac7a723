import Streams
import Testing

@testable import Redis

@Suite struct `pool state` {
    private typealias State = PoolState<String, String>

    @Test func `opens up to its size, then makes callers wait in order`() {
        var state = state(size: 2)
        #expect(describe(state.request(now: .zero)) == "open")
        #expect(describe(state.request(now: .zero)) == "open")
        for (id, waiter) in ["first", "second"].enumerated() {
            #expect(describe(state.request(now: .zero)) == "wait")
            state.enqueue(waiter, id: id)
        }
        let next = state.release("a", isUsable: true)
        #expect(next.isKept && next.1?.0 == "first")
        #expect(next.1.map { describe($0.1) } == "use a")
        #expect(state.idle.isEmpty && state.open == 2)
    }

    @Test func `a broken connection makes room for who waits`() {
        var state = state(size: 1)
        _ = state.request(now: .zero)
        _ = state.request(now: .zero)
        state.enqueue("first", id: 1)
        let next = state.release("a", isUsable: false)
        #expect(!next.isKept)
        #expect(next.1.map { describe($0.1) } == "open")
        #expect(state.open == 1)
        #expect(state.release("b", isUsable: false).1 == nil)
        #expect(state.open == 0)
    }

    @Test func `lends the connection used last and forgets who gave up`() {
        var state = state(size: 1)
        _ = state.request(now: .zero)
        _ = state.request(now: .zero)
        state.enqueue("first", id: 1)
        #expect(state.abandon(1) == "first")
        #expect(state.abandon(1) == nil)
        #expect(state.release("a", isUsable: true).isKept)
        #expect(describe(state.request(now: .zero)) == "use a")
    }

    @Test func `fails everybody at once until the wait is over, which grows`() {
        var state = state(size: 1)
        var now = Duration.zero
        for wait in [50, 100, 200, 400, 500, 500] {
            #expect(describe(state.request(now: now)) == "open")
            _ = state.request(now: now)
            state.enqueue("waiting", id: 1)
            let failed = state.openFailed(RedisError(.connectionLost, "away"), now: now, random: 0)
            #expect(failed.map { describe($0.1) } == ["fail connection_lost"])
            #expect(describe(state.request(now: now + .milliseconds(wait - 1))) == "fail connection_lost")
            now += .milliseconds(wait)
        }
        #expect(describe(state.request(now: now)) == "open")
        state.opened()
        _ = state.openFailed(RedisError(.connectionLost, "away"), now: now, random: 0)
        #expect(describe(state.request(now: now + .milliseconds(50))) == "open")
    }

    @Test func `refuses when too many wait, and when it is closed`() {
        var state = state(size: 1)
        _ = state.request(now: .zero)
        for id in 0..<3 {
            #expect(describe(state.request(now: .zero)) == "wait")
            state.enqueue("w\(id)", id: id)
        }
        #expect(describe(state.request(now: .zero)) == "fail pool_exhausted")
        let closed = state.close()
        #expect(closed.waiters == ["w0", "w1", "w2"])
        #expect(describe(state.request(now: .zero)) == "fail closed")
        #expect(!state.release("a", isUsable: true).isKept)
        #expect(state.open == 0)
    }

    private func state(size: Int) -> State {
        var configuration = RedisConfiguration(endpoint: .unix(path: "/none"))
        configuration.poolSize = size
        configuration.waiterLimit = 3
        configuration.backoff = Backoff(initial: .milliseconds(100), maximum: .seconds(1))
        return State(configuration)
    }

    private func describe(_ answer: State.Answer) -> String {
        switch answer {
        case .now(let grant): describe(grant)
        case .wait: "wait"
        }
    }

    private func describe(_ grant: PoolGrant<String>) -> String {
        switch grant {
        case .use(let connection): "use \(connection)"
        case .open: "open"
        case .fail(let error): "fail \(error.code)"
        }
    }
}
