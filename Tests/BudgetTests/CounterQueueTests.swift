import Calendars
import Domain
import Streams
import Testing

@testable import Budgets

@Suite struct `The queue of counters` {
    private let partitioning = Partitioning(count: 4)

    private func name(_ workspace: String, _ id: String = "u") -> CounterName {
        let period = CalendarRules.standard.period(.month, containing: Timestamp(seconds: 1_795_428_000))
        return CounterName(workspace: workspace, scope: Scope(type: .user, id: id), period: period)
    }

    /// Lets expectations change the queue.
    private final class Box {
        var queue: CounterQueue

        init(_ queue: CounterQueue) {
            self.queue = queue
        }

        /// What must be due.
        func next(limit: Int, now: Duration) throws -> CounterQueue.Batch {
            let batch = queue.next(limit: limit, now: now)
            return try #require(batch)
        }
    }

    private func queue(_ capacity: Int = 100) -> Box {
        Box(
            CounterQueue(
                capacity: capacity,
                partitioning: partitioning,
                backoff: Backoff(initial: .seconds(1), maximum: .seconds(4))
            )
        )
    }

    @Test func `has each counter once, and no more than it may`() {
        let box = queue(2)
        #expect(box.queue.request(name("a"), isOnFirstUse: true, now: .zero) == .queued)
        #expect(box.queue.request(name("a"), isOnFirstUse: true, now: .zero) == .known)
        #expect(box.queue.request(name("b"), isOnFirstUse: true, now: .zero) == .queued)
        #expect(box.queue.request(name("c"), isOnFirstUse: true, now: .zero) == .full)
        #expect(box.queue.count == 2)
    }

    @Test func `gives out each counter to one worker at a time, all of a partition together`() throws {
        let box = queue()
        for user in ["x", "y", "z"] { _ = box.queue.request(name("a", user), isOnFirstUse: false, now: .zero) }
        let first = try box.next(limit: 2, now: .zero)
        let second = try box.next(limit: 2, now: .zero)
        #expect(first.counters.count == 2 && second.counters.count == 1)
        #expect(Set(first.counters + second.counters).count == 3)
        #expect(box.queue.next(limit: 2, now: .zero) == nil)
        box.queue.finish(first.counters.map(\.name), in: first.partition, now: .zero)
        box.queue.finish(second.counters.map(\.name), in: second.partition, now: .zero)
        #expect(box.queue.count == 0)
        #expect(!box.queue.isUnderway(name("a", "x")))
    }

    @Test func `tries again later and later`() throws {
        let box = queue()
        _ = box.queue.request(name("a"), isOnFirstUse: false, now: .zero)
        var now = Duration.zero
        for wait in [1, 2, 4, 4] {
            let batch = try box.next(limit: 9, now: now)
            box.queue.fail(batch.counters, in: batch.partition, now: now, random: 999)
            #expect(box.queue.isUnderway(name("a")))
            #expect(box.queue.next(limit: 9, now: now + .milliseconds(wait * 1_000 - 10)) == nil)
            now += .seconds(wait)
        }
        #expect(box.queue.next(limit: 9, now: now) != nil)
    }

    @Test func `works again on what was asked for anew while it was worked on`() throws {
        let box = queue()
        _ = box.queue.request(name("a"), isOnFirstUse: false, now: .zero)
        let batch = try box.next(limit: 9, now: .zero)
        #expect(box.queue.request(name("a"), isOnFirstUse: false, isForced: true, now: .zero) == .known)
        box.queue.finish(batch.counters.map(\.name), in: batch.partition, now: .zero)
        #expect(box.queue.next(limit: 9, now: .zero)?.counters.map(\.isForced) == [true])
    }

    @Test func `remembers a refusal for a while, unless a budget names the value`() throws {
        let box = queue()
        _ = box.queue.request(name("a"), isOnFirstUse: true, now: .zero)
        let batch = try box.next(limit: 9, now: .zero)
        box.queue.refuse(batch.counters.map(\.name), in: batch.partition, now: .zero)
        #expect(box.queue.isRefused(name("a")) && !box.queue.isUnderway(name("a")))
        #expect(box.queue.request(name("a"), isOnFirstUse: true, now: .seconds(1)) == .refused)
        #expect(box.queue.next(limit: 9, now: .seconds(100)) == nil)
        #expect(box.queue.request(name("a"), isOnFirstUse: false, now: .seconds(2)) == .queued)
        #expect(box.queue.next(limit: 9, now: .seconds(2))?.counters.map(\.isOnFirstUse) == [false])
        box.queue.refuse(batch.counters.map(\.name), in: batch.partition, now: .seconds(3))
        box.queue.forgetRefusals(now: .seconds(60))
        #expect(box.queue.count == 0)
    }

    @Test func `lets no partition wait for another`() throws {
        let box = queue()
        let workspaces = ["a", "b", "c", "d", "e", "f"]
        for workspace in workspaces {
            for user in 0..<3 { _ = box.queue.request(name(workspace, "\(user)"), isOnFirstUse: false, now: .zero) }
        }
        let partitions = Set(workspaces.map { partitioning.partition(ofWorkspace: $0) })
        let turns = (0..<partitions.count).compactMap { _ in box.queue.next(limit: 1, now: .zero)?.partition }
        #expect(Set(turns) == partitions)
    }
}

@Suite struct `A counter's name` {
    @Test func `says all there is to know of the counter`() throws {
        let zone = try #require(CalendarRules(timeZone: "Asia/Kathmandu"))
        for kind in PeriodKind.allCases {
            let period = zone.period(kind, containing: Timestamp(seconds: 1_795_428_000))
            let name = CounterName(
                workspace: "acme",
                scope: Scope(type: .tag, id: "a:b=c d"),
                period: period
            )
            #expect(CounterName(name.text) == name)
            #expect(name.end == period.end && name.kind == kind)
        }
        for text in ["", "a\u{1F}user\u{1F}u", "a\u{1F}user\u{1F}u\u{1F}month", "a\u{1F}x\u{1F}u\u{1F}total"] {
            #expect(CounterName(text) == nil)
        }
    }

    @Test func `is another in another calendar`() throws {
        let time = Timestamp(seconds: 1_795_428_000)
        let scope = Scope(type: .workspace, id: "acme")
        let names = try ["Asia/Kathmandu", "UTC", "America/New_York"].map { zone in
            let calendar = try #require(CalendarRules(timeZone: zone))
            return CounterName(workspace: "acme", scope: scope, period: calendar.period(.day, containing: time)).text
        }
        #expect(Set(names).count == 3)
    }
}
