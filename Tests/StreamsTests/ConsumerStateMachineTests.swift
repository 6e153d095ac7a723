import Streams
import Testing

@Suite struct `consumer state machine` {
    @Test func `recovers its past, then tidies up and reads`() {
        var machine = machine()
        #expect(machine.next(now: .zero) == .recover)
        machine.received([delivery(1)], from: .recover, now: .zero)
        #expect(machine.next(now: .zero) == .handle([delivery(1)]))
        machine.handled([delivery(1)], outcome: .done)
        #expect(machine.next(now: .zero) == .recover)
        machine.received([], from: .recover, now: .zero)
        #expect(machine.next(now: .zero) == .removeIdleConsumers)
        machine.done(.removeIdleConsumers, now: .zero)
        #expect(machine.next(now: .zero) == .read)
    }

    @Test func `trims and reclaims when it is time`() {
        var machine = reading()
        #expect(machine.next(now: .milliseconds(900)) == .read)
        #expect(machine.next(now: .seconds(1)) == .trim)
        machine.done(.trim, now: .seconds(1))
        #expect(machine.next(now: .milliseconds(1_900)) == .read)
        #expect(machine.next(now: .seconds(10)) == .reclaim)
        // As long as there is something to reclaim, more is asked for.
        machine.received([delivery(1, attempts: 2)], from: .reclaim, now: .seconds(10))
        machine.handled([delivery(1, attempts: 2)], outcome: .done)
        #expect(machine.next(now: .seconds(10)) == .reclaim)
        machine.received([], from: .reclaim, now: .seconds(10))
        #expect(machine.next(now: .seconds(10)) == .read)
        #expect(machine.next(now: .seconds(11)) == .trim)
    }

    @Test func `trims rarely while nothing comes, and soon after something came`() {
        var machine = reading()
        machine.done(.trim, now: .seconds(1))
        machine.received([], from: .reclaim, now: .seconds(28))
        #expect(machine.next(now: .seconds(30)) == .read)
        #expect(machine.next(now: .seconds(31)) == .trim)
        machine.done(.trim, now: .seconds(31))
        machine.received([], from: .reclaim, now: .seconds(31))
        machine.received([delivery(1)], from: .read, now: .seconds(32))
        machine.handled([delivery(1)], outcome: .done)
        #expect(machine.next(now: .milliseconds(32_900)) == .read)
        #expect(machine.next(now: .seconds(33)) == .trim)
        // Others of the group may still have had an entry in hand: once more, then rarely.
        machine.done(.trim, now: .seconds(33))
        #expect(machine.next(now: .seconds(34)) == .trim)
        machine.done(.trim, now: .seconds(34))
        #expect(machine.next(now: .seconds(40)) == .read)
    }

    @Test func `handles bounded batches in order`() {
        var machine = reading()
        let deliveries = (0..<25).map { delivery($0) }
        machine.received(deliveries, from: .read, now: .zero)
        for range in [0..<10, 10..<20, 20..<25] {
            #expect(machine.next(now: .zero) == .handle(Array(deliveries[range])))
            machine.handled(Array(deliveries[range]), outcome: .done)
        }
        #expect(machine.next(now: .zero) == .read)
    }

    @Test func `looks twice for what was on its way when a read failed`() {
        var machine = reading()
        machine.failed(.read, isRetriable: true, reason: "lost", now: .zero, random: 0)
        machine.waited()
        #expect(machine.next(now: .milliseconds(1)) == .recover)
        machine.received([], from: .recover, now: .milliseconds(1))
        #expect(machine.next(now: .milliseconds(2)) == .read)
        machine.received([], from: .read, now: .milliseconds(900))
        #expect(machine.next(now: .milliseconds(900)) == .read)
        machine.done(.trim, now: .seconds(2))
        #expect(machine.next(now: .seconds(2)) == .recover)
        machine.received([], from: .recover, now: .seconds(2))
        #expect(machine.next(now: .seconds(2)) == .read)
    }

    @Test func `lingers after a read that did not fill a batch, and not when it stops`() {
        var configuration = ConsumerConfiguration(stream: .raw, group: .pricing, consumer: "c", batchLimit: 2)
        configuration.linger = .milliseconds(10)
        var machine = ConsumerStateMachine(configuration: configuration, now: .zero)
        machine.received([], from: .recover, now: .zero)
        machine.done(.removeIdleConsumers, now: .zero)
        let full = [delivery(1), delivery(2)]
        machine.received(full, from: .read, now: .zero)
        machine.handled(full, outcome: .done)
        #expect(machine.next(now: .zero) == .read)
        machine.received([delivery(3)], from: .read, now: .zero)
        #expect(machine.next(now: .zero) == .handle([delivery(3)]))
        machine.handled([delivery(3)], outcome: .done)
        #expect(machine.next(now: .milliseconds(4)) == .linger(.milliseconds(6)))
        #expect(machine.next(now: .milliseconds(10)) == .read)
        machine.stop()
        #expect(machine.next(now: .milliseconds(4)) == .stop)
    }

    @Test func `acknowledges and buries as the handler says`() {
        var machine = reading()
        let batch = (0..<4).map { delivery($0) }
        machine.received(batch, from: .read, now: .zero)
        // A poisoned entry is never acknowledged as well; indices beyond the batch mean nothing.
        machine.handled(batch, outcome: BatchOutcome(poison: [2: "bad", 9: "?"], acknowledge: [0, 1, 2, 3, 8]))
        #expect(machine.next(now: .zero) == .acknowledge([batch[0], batch[1], batch[3]]))
        machine.done(.acknowledge([]), now: .zero)
        #expect(machine.next(now: .zero) == .bury([Burial(delivery: batch[2], reason: "bad")]))
        machine.done(.bury([]), now: .zero)
        #expect(machine.next(now: .zero) == .read)
    }

    @Test func `sorts out what is not for its handler`() {
        var machine = reading()
        let good = delivery(0)
        var malformed = delivery(1)
        malformed.isMalformed = true
        var foreign = delivery(2)
        foreign.addressedTo = .budget
        var own = delivery(3)
        own.addressedTo = .ledger
        let worn = delivery(4, attempts: 6)
        machine.received([good, malformed, foreign, own, worn], from: .read, now: .zero)
        #expect(machine.next(now: .zero) == .acknowledge([foreign]))
        machine.done(.acknowledge([foreign]), now: .zero)
        guard case .bury(let burials) = machine.next(now: .zero) else {
            Issue.record("expected a burial")
            return
        }
        #expect(burials.map(\.delivery) == [malformed, worn])
        #expect(burials.map(\.reason).last == "delivered 5 times without being handled")
        machine.done(.bury(burials), now: .zero)
        #expect(machine.next(now: .zero) == .handle([good, own]))
    }

    @Test func `a retriable failure repeats the same batch after a growing wait and keeps it`() {
        var machine = reading()
        let deliveries = (0..<15).map { delivery($0) }
        machine.received(deliveries, from: .read, now: .zero)
        let batch = Array(deliveries[0..<10])
        for wait in [50, 100, 200, 400, 500, 500] {
            #expect(machine.next(now: .zero) == .handle(batch))
            machine.failed(.handle(batch), isRetriable: true, reason: "away", now: .zero, random: 0)
            #expect(machine.next(now: .zero) == .wait(.milliseconds(wait)))
            machine.waited()
            // What waits behind the batch is kept too.
            guard case .keep(let kept) = machine.next(now: .zero) else {
                Issue.record("expected to keep")
                return
            }
            #expect(Set(kept) == Set(deliveries))
            machine.done(.keep(kept), now: .zero)
        }
        machine.handled(batch, outcome: .done)
        machine.handled(Array(deliveries[10...]), outcome: .done)
        #expect(machine.next(now: .zero) == .read)
    }

    @Test func `a failure to keep does not stand in the way`() {
        var machine = reading()
        machine.received([delivery(1)], from: .read, now: .zero)
        machine.failed(.handle([delivery(1)]), isRetriable: true, reason: "", now: .zero, random: 0)
        machine.waited()
        machine.failed(.keep([delivery(1)]), isRetriable: true, reason: "", now: .zero, random: 0)
        #expect(machine.next(now: .zero) == .handle([delivery(1)]))
    }

    @Test(arguments: [0, 3, 7]) func `one bad entry among others is found, tried and buried`(_ bad: Int) {
        var machine = reading()
        let deliveries = (0..<8).map { delivery($0) }
        machine.received(deliveries, from: .read, now: .zero)
        var handled: [Delivery] = []
        var failures = 0
        var buried: [Burial] = []
        loop: for _ in 0..<100 {
            switch machine.next(now: .zero) {
            case .handle(let batch) where batch.contains(deliveries[bad]):
                if batch.count == 1 { failures += 1 }
                machine.failed(.handle(batch), isRetriable: false, reason: "broken", now: .zero, random: 0)
            case .handle(let batch):
                handled += batch
                machine.handled(batch, outcome: .done)
            case .wait: machine.waited()
            case .bury(let burials):
                buried += burials
                machine.done(.bury(burials), now: .zero)
            default: break loop
            }
        }
        #expect(machine.next(now: .zero) == .read)
        #expect(failures == 5)
        #expect(buried == [Burial(delivery: deliveries[bad], reason: "broken")])
        #expect(handled == deliveries.filter { $0 != deliveries[bad] })
    }

    @Test func `each bad entry gets all its attempts`() {
        var machine = reading()
        let deliveries = [delivery(0), delivery(1)]
        machine.received(deliveries, from: .read, now: .zero)
        var tries: [Delivery: Int] = [:]
        var buried = 0
        loop: for _ in 0..<100 {
            switch machine.next(now: .zero) {
            case .handle(let batch):
                if batch.count == 1 { tries[batch[0], default: 0] += 1 }
                machine.failed(.handle(batch), isRetriable: false, reason: "broken", now: .zero, random: 0)
            case .wait: machine.waited()
            case .bury(let burials):
                buried += burials.count
                machine.done(.bury(burials), now: .zero)
            default: break loop
            }
        }
        #expect(tries == [deliveries[0]: 5, deliveries[1]: 5])
        #expect(buried == 2)
    }

    @Test func `failed upkeep waits for its next turn and never stops reading`() {
        var machine = reading()
        for action: ConsumerStateMachine.Action in [.trim, .reclaim, .removeIdleConsumers] {
            machine.failed(action, isRetriable: true, reason: "", now: .seconds(20), random: 0)
        }
        #expect(machine.next(now: .seconds(20)) == .read)
    }

    @Test func `a failed read waits and then looks for what was on its way`() {
        var machine = reading()
        machine.failed(.read, isRetriable: false, reason: "", now: .zero, random: 0)
        #expect(machine.next(now: .zero) == .wait(.milliseconds(50)))
        machine.waited()
        #expect(machine.next(now: .zero) == .recover)
    }

    @Test func `stopping finishes the work in hand, but does not wait`() {
        var machine = reading()
        let deliveries = (0..<20).map { delivery($0) }
        machine.received(deliveries, from: .read, now: .zero)
        machine.stop()
        #expect(machine.next(now: .zero) == .handle(Array(deliveries[..<10])))
        machine.handled(Array(deliveries[..<10]), outcome: .acknowledging(Array(deliveries[..<10])))
        #expect(machine.next(now: .zero) == .acknowledge(Array(deliveries[..<10])))
        machine.done(.acknowledge([]), now: .zero)
        #expect(machine.next(now: .zero) == .handle(Array(deliveries[10...])))
        machine.failed(.handle(Array(deliveries[10...])), isRetriable: true, reason: "", now: .zero, random: 0)
        #expect(machine.next(now: .zero) == .stop)
    }

    // MARK: - Support

    private func machine() -> ConsumerStateMachine {
        let configuration = ConsumerConfiguration(
            stream: .priced,
            group: .ledger,
            consumer: "one",
            batchLimit: 10,
            backoff: Backoff(initial: .milliseconds(100), maximum: .seconds(1))
        )
        return ConsumerStateMachine(configuration: configuration, now: .zero)
    }

    /// A machine that has nothing to recover and nothing to tidy up.
    private func reading() -> ConsumerStateMachine {
        var machine = machine()
        machine.received([], from: .recover, now: .zero)
        machine.done(.removeIdleConsumers, now: .zero)
        return machine
    }

    private func delivery(_ number: Int, attempts: Int = 1) -> Delivery {
        Delivery(
            stream: .priced,
            partition: .first,
            id: EntryID(milliseconds: UInt64(number), sequence: 0),
            epoch: 1,
            payload: [UInt8(truncatingIfNeeded: number)],
            attempts: attempts
        )
    }
}
