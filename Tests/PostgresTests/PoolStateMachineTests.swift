import Testing

@testable import Postgres

@Suite struct PoolStateMachineTests {
    private typealias Machine = PoolStateMachine<String>

    private func isOpen(_ grant: Machine.Grant?) -> Bool {
        if case .open = grant { true } else { false }
    }

    private func connection(_ grant: Machine.Grant?) -> String? {
        if case .use(let connection) = grant { connection } else { nil }
    }

    @Test func `opens up to its capacity, then callers wait in order`() {
        var machine = Machine(capacity: 2, maximumWaiters: 2)
        let grants = [machine.leaseAtOnce(), machine.leaseAtOnce(), machine.leaseAtOnce()]
        #expect(grants.map(isOpen) == [true, true, false])
        for waiter: UInt64 in [7, 8] {
            guard case .wait = machine.lease(waiter: waiter) else {
                Issue.record("\(waiter) should wait")
                return
            }
        }
        guard case .overloaded = machine.lease(waiter: 9) else {
            Issue.record("the line is full")
            return
        }
        let first = machine.release("a", isReusable: true)
        #expect(first.served?.waiter == 7)
        #expect(connection(first.served?.grant) == "a")
        let second = machine.release("a", isReusable: true)
        #expect(second.served?.waiter == 8)
        let third = machine.release("a", isReusable: true)
        #expect(third.served == nil)
        #expect(machine.idleCount == 1)
        #expect(machine.busyCount == 1)
        let again = machine.leaseAtOnce()
        #expect(connection(again) == "a")
    }

    @Test func `a broken connection gives its slot to the next in line and drops the idle ones`() {
        var machine = Machine(capacity: 2, maximumWaiters: 2)
        _ = machine.leaseAtOnce()
        _ = machine.leaseAtOnce()
        _ = machine.release("idle", isReusable: true)
        let release = machine.release("broken", isReusable: false)
        #expect(release.discarded == ["broken", "idle"])
        #expect(machine.idleCount == 0)
        #expect(machine.busyCount == 0)

        _ = machine.leaseAtOnce()
        _ = machine.leaseAtOnce()
        _ = machine.lease(waiter: 1)
        let served = machine.release("broken", isReusable: false).served
        #expect(served?.waiter == 1)
        #expect(isOpen(served?.grant))
        #expect(machine.busyCount == 2)
    }

    @Test func `who gives up is not served, and giving up twice or late is harmless`() {
        var machine = Machine(capacity: 1, maximumWaiters: 3)
        _ = machine.leaseAtOnce()
        _ = machine.lease(waiter: 1)
        _ = machine.lease(waiter: 2)
        let abandoned = [machine.abandon(waiter: 1), machine.abandon(waiter: 1)]
        #expect(abandoned == [true, false])
        let served = machine.release("a", isReusable: true).served
        #expect(served?.waiter == 2)
        let late = machine.abandon(waiter: 2)
        #expect(!late)
    }

    @Test func `a failed opening serves the next in line, or frees the slot`() {
        var machine = Machine(capacity: 1, maximumWaiters: 1)
        _ = machine.leaseAtOnce()
        _ = machine.lease(waiter: 1)
        let served = [machine.releaseSlot().served?.waiter, machine.releaseSlot().served?.waiter]
        #expect(served == [1, nil])
        #expect(machine.busyCount == 0)
    }

    @Test func `closing refuses those who wait and lets go of what comes back`() {
        var machine = Machine(capacity: 2, maximumWaiters: 1)
        _ = machine.leaseAtOnce()
        _ = machine.leaseAtOnce()
        _ = machine.lease(waiter: 5)
        let (waiters, discarded) = machine.close()
        #expect(waiters == [5])
        #expect(discarded.isEmpty)
        let refused = machine.leaseAtOnce()
        #expect(!isOpen(refused) && connection(refused) == nil)
        guard case .closed = machine.lease(waiter: 6) else {
            Issue.record("the pool is closed")
            return
        }
        let release = machine.release("a", isReusable: true)
        #expect(release.discarded == ["a"])
        #expect(machine.idleCount == 0)
    }

    @Test func `never has more connections than its capacity, whatever happens`() {
        var machine = Machine(capacity: 3, maximumWaiters: 5)
        var random = SplitMix(state: 42)
        var lent: [String] = []
        var opening = 0
        var waiting: [UInt64] = []
        var number: UInt64 = 0
        func take(_ grant: Machine.Grant) {
            switch grant {
            case .open: opening += 1
            case .use(let connection): lent.append(connection)
            }
        }
        func take(_ release: Machine.Release) {
            guard let (waiter, grant) = release.served else { return }
            #expect(waiting.first == waiter)
            waiting.removeFirst()
            take(grant)
        }
        for _ in 0..<20_000 {
            number += 1
            switch random.next() % 6 {
            case 0, 1:
                switch machine.lease(waiter: number) {
                case .granted(let grant): take(grant)
                case .wait: waiting.append(number)
                case .overloaded: #expect(waiting.count == 5)
                case .closed: Issue.record("not closed")
                }
            case 2 where opening > 0:
                opening -= 1
                lent.append("c\(number)")
            case 3 where opening > 0:
                opening -= 1
                take(machine.releaseSlot())
            case 4 where !lent.isEmpty:
                take(machine.release(lent.removeLast(), isReusable: random.next() % 3 != 0))
            case 5 where !waiting.isEmpty:
                let waiter = waiting.remove(at: Int(random.next() % UInt64(waiting.count)))
                let abandoned = machine.abandon(waiter: waiter)
                #expect(abandoned)
            default: break
            }
            #expect(machine.busyCount == lent.count + opening)
            #expect(machine.busyCount + machine.idleCount <= 3)
            #expect(machine.waiterCount == waiting.count)
            #expect(waiting.isEmpty || machine.idleCount == 0)
        }
    }
}

/// A small random generator with a seed, so that a failure can be repeated.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

@Suite struct StatementCacheTests {
    @Test func `evicts the statement that was not used for longest`() {
        var cache = StatementCache(capacity: 2)
        let first = cache.makeName()
        let second = cache.makeName()
        var evicted = [cache.insert("A", name: first), cache.insert("B", name: second)]
        let used = cache.name(of: "A")
        evicted.append(cache.insert("C", name: cache.makeName()))
        #expect(used == first)
        #expect(evicted == [nil, nil, second])
        let names = [cache.name(of: "B"), cache.name(of: "A"), cache.remove("A")]
        #expect(names == [nil, first, first])
        #expect(cache.count == 1)
    }
}

@Suite struct PostgresErrorTests {
    @Test(arguments: [
        ("40001", true), ("40P01", true), ("57P01", true), ("57P03", true), ("53300", true), ("55P03", true),
        ("08006", true), ("57014", true), ("23505", false), ("42601", false), ("22021", false),
    ])
    func `tells by SQLSTATE what may succeed later`(state: String, isRetriable: Bool) {
        #expect(PostgresError(.server, "x", sqlState: state).isRetriable == isRetriable)
    }

    @Test func `the description names phase and state but not the detail`() {
        var error = PostgresError(.server, "duplicate key", sqlState: "23505")
        error.phase = .commit
        error.detail = "Key (mail)=(a@b.c) exists"
        #expect(error.description == "postgres: server in commit [23505]: duplicate key")
    }
}
