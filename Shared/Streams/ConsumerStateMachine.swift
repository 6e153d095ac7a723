/// Decides what a consumer loop does next.
///
/// Pure: it is told what happened and says what to do.
///
/// Work in hand is a stack. A batch that fails for good is split in halves until the entry at fault stands alone; that
/// one is tried up to the attempt limit and then buried. A failure that may pass repeats the same work after a wait.
package struct ConsumerStateMachine: Sendable {
    /// What the loop shall do.
    package enum Action: Hashable, Sendable {
        /// Ask for entries held since before the start.
        case recover
        /// Ask for entries that others held too long.
        case reclaim
        /// Ask for new entries.
        case read
        /// Drop acknowledged entries from the stream.
        case trim
        /// Delete consumers that went away.
        case removeIdleConsumers
        /// Give a batch to the handler.
        case handle([Delivery])
        /// Acknowledge entries.
        case acknowledge([Delivery])
        /// Put entries aside.
        case bury([Burial])
        /// Hold on to entries through an outage.
        case keep([Delivery])
        /// Wait after a failure.
        case wait(Duration)
        /// Wait for more entries to come before the next read.
        case linger(Duration)
        /// Return.
        case stop
    }

    private let configuration: ConsumerConfiguration
    /// What is still to be done with entries in hand; the last comes first.
    private var work: [Action] = []
    private var pendingWait: Duration?
    private var failuresInRow = 0
    /// Failures that a single entry at the top of the stack is to blame for.
    private var ownFailures = 0
    private var isRecovering = true
    /// When to look once more for entries that were on their way to a connection that broke.
    private var nextRecovery: Duration?
    private var isStopping = false
    private var nextReclaim: Duration
    private var nextTrim: Duration
    /// Whether entries came since the last trim: without any, there is hardly anything to drop.
    private var hasReceived = false
    private var nextRemoval: Duration
    private var nextRead: Duration

    package init(configuration: ConsumerConfiguration, now: Duration) {
        self.configuration = configuration
        self.nextReclaim = now + configuration.reclaimInterval
        self.nextTrim = now + configuration.trimInterval
        self.nextRemoval = now
        self.nextRead = now
    }

    /// Stops after the work in hand; a wait ends it at once, and what was waiting stays pending.
    package mutating func stop() {
        isStopping = true
    }

    /// What to do now.
    ///
    /// Asking again without an event gives the same answer.
    package func next(now: Duration) -> Action {
        if let pendingWait {
            return isStopping ? .stop : .wait(pendingWait)
        }
        if let current = work.last { return current }
        if isStopping { return .stop }
        if isRecovering { return .recover }
        if let nextRecovery, now >= nextRecovery { return .recover }
        if now >= nextTrim { return .trim }
        if now >= nextReclaim { return .reclaim }
        if now >= nextRemoval { return .removeIdleConsumers }
        return now < nextRead ? .linger(nextRead - now) : .read
    }

    /// The wait is over.
    package mutating func waited() {
        pendingWait = nil
    }

    /// A read, recovery or reclaim returned entries, or none.
    package mutating func received(_ deliveries: [Delivery], from action: Action, now: Duration) {
        failuresInRow = 0
        if deliveries.isEmpty {
            if action == .recover { endRecovery(now: now) }
            if action == .reclaim { nextReclaim = now + configuration.reclaimInterval }
            return
        }
        hasReceived = true
        nextTrim = min(nextTrim, now + configuration.trimInterval)
        if action == .read, deliveries.count < configuration.batchLimit { nextRead = now + configuration.linger }
        plan(deliveries)
    }

    /// The handler returned.
    ///
    /// The outcome's indices are those of the batch.
    package mutating func handled(_ batch: [Delivery], outcome: BatchOutcome) {
        finishCurrent()
        let burials = outcome.poison.sorted { $0.key < $1.key }.compactMap { index, reason in
            batch.indices.contains(index) ? Burial(delivery: batch[index], reason: reason) : nil
        }
        if !burials.isEmpty { work.append(.bury(burials)) }
        let acknowledged = outcome.acknowledge.filter { batch.indices.contains($0) && outcome.poison[$0] == nil }
        if !acknowledged.isEmpty { work.append(.acknowledge(acknowledged.map { batch[$0] })) }
    }

    /// An action without a result succeeded.
    package mutating func done(_ action: Action, now: Duration) {
        switch action {
        case .trim:
            nextTrim = now + (hasReceived ? configuration.trimInterval : configuration.idleTrimInterval)
            hasReceived = false
        case .removeIdleConsumers: nextRemoval = now + configuration.removeConsumersAfter / 4
        case .acknowledge, .bury: finishCurrent()
        case .keep: work.removeLast()
        default: break
        }
    }

    /// An action failed.
    ///
    /// The reason becomes the dead letter's when an entry is given up.
    package mutating func failed(_ action: Action, isRetriable: Bool, reason: String, now: Duration, random: UInt64) {
        switch action {
        case .trim: nextTrim = now + configuration.reclaimInterval
        case .removeIdleConsumers: nextRemoval = now + configuration.reclaimInterval
        case .reclaim: nextReclaim = now + configuration.reclaimInterval
        case .keep: work.removeLast()
        case .read:
            // The server may still deliver to the broken connection after a first look: hence the second.
            isRecovering = true
            nextRecovery = now + configuration.readWait * 2
            waitAfterFailure(random: random)
        case .handle(let batch) where !isRetriable:
            split(batch, reason: reason, random: random)
        case .handle:
            waitAfterFailure(random: random)
            work.append(.keep(entriesInHand))
        default:
            waitAfterFailure(random: random)
        }
    }

    // MARK: - Planning

    /// Sorts entries into what is to be done with them, in batches of bounded size.
    private mutating func plan(_ deliveries: [Delivery]) {
        var usable: [Delivery] = []
        usable.reserveCapacity(deliveries.count)
        var foreign: [Delivery] = []
        var burials: [Burial] = []
        for delivery in deliveries {
            if delivery.isMalformed {
                burials.append(Burial(delivery: delivery, reason: "the entry has no readable payload"))
            } else if let group = delivery.addressedTo, group != configuration.group {
                foreign.append(delivery)
            } else if delivery.attempts > configuration.attemptLimit {
                let times = delivery.attempts - 1
                burials.append(Burial(delivery: delivery, reason: "delivered \(times) times without being handled"))
            } else {
                usable.append(delivery)
            }
        }
        let starts = stride(from: 0, to: usable.count, by: configuration.batchLimit)
        for start in starts.reversed() {
            work.append(.handle(Array(usable[start..<min(start + configuration.batchLimit, usable.count)])))
        }
        if !burials.isEmpty { work.append(.bury(burials)) }
        if !foreign.isEmpty { work.append(.acknowledge(foreign)) }
    }

    private var entriesInHand: [Delivery] {
        work.flatMap { action in
            guard case .handle(let batch) = action else { return [Delivery]() }
            return batch
        }
    }

    private mutating func endRecovery(now: Duration) {
        isRecovering = false
        if let due = nextRecovery, now >= due { nextRecovery = nil }
    }

    private mutating func finishCurrent() {
        if case .handle = work.last { ownFailures = 0 }
        work.removeLast()
        failuresInRow = 0
    }

    private mutating func waitAfterFailure(random: UInt64) {
        failuresInRow += 1
        pendingWait = configuration.backoff.delay(failures: failuresInRow, random: random)
    }

    private mutating func split(_ batch: [Delivery], reason: String, random: UInt64) {
        guard batch.count == 1 else {
            let middle = batch.count / 2
            work[work.count - 1] = .handle(Array(batch[middle...]))
            work.append(.handle(Array(batch[..<middle])))
            return
        }
        ownFailures += 1
        if ownFailures < configuration.attemptLimit {
            waitAfterFailure(random: random)
        } else {
            finishCurrent()
            work.append(.bury(batch.map { Burial(delivery: $0, reason: reason) }))
        }
    }
}
