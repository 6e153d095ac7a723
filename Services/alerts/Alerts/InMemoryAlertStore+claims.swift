package import Domain
internal import Synchronization

extension InMemoryAlertStore.State {
    func target(of destination: Destination) -> Int64? {
        targets.values.first { $0.destination == destination }?.id
    }

    /// Makes a destination due, unless it fails and has a time of its own.
    mutating func wake(_ destination: Destination, due: Timestamp?) -> Int64 {
        let id = target(of: destination) ?? Int64(targets.count + 1)
        var target = targets[id] ?? InMemoryAlertStore.Target(id: id, destination: destination)
        if let due, target.state.failures == 0 || target.due == nil { target.due = min(target.due ?? due, due) }
        targets[id] = target
        return id
    }

    /// Ends a pending message and its deliveries; false when it was not pending.
    @discardableResult
    mutating func end(_ id: String, _ state: DeliveryReceipt.State, _ detail: String, at time: Timestamp) -> Bool {
        guard messages[id]?.state == .pending else { return false }
        messages[id]?.state = state
        messages[id]?.detail = detail
        messages[id]?.settledAt = time
        messages[id]?.isAttempted = false
        var alerts: Set<Int64> = []
        for index in deliveries.indices where deliveries[index].message == id {
            deliveries[index].state = state
            alerts.insert(deliveries[index].alert)
        }
        derive(alerts)
        return true
    }

    /// The message that a destination is to get now; nil when there is none: then it has another time.
    fileprivate mutating func message(for target: Int64, _ rules: DeliveryRules, at time: Timestamp) -> String? {
        if let tried = messages.first(where: { $0.value.target == target && $0.value.state == .pending }) {
            return tried.key
        }
        let waiting = deliveries.indices.filter { isWaiting(deliveries[$0], for: target) }
        let earliest = rules.earliest(targets[target]?.state ?? DeliveryRules.State(), now: time)
        guard !waiting.isEmpty, earliest <= time else {
            targets[target]?.due = waiting.isEmpty ? nil : earliest
            return nil
        }
        let id = MessageID.make()
        messages[id] = InMemoryAlertStore.Message(target: target, createdAt: time)
        for index in waiting.prefix(rules.alertsPerMessage) { deliveries[index].message = id }
        return id
    }
}

extension InMemoryAlertStore {
    package func claim(_ rules: DeliveryRules, at time: Timestamp) async throws -> ClaimOutcome {
        state.withLock { state in
            let due = state.targets.values.filter { target in
                target.due.map { $0 <= time } ?? false && target.leasedUntil.map { $0 <= time } ?? true
            }
            guard var target = due.min(by: { ($0.due ?? time, $0.id) < ($1.due ?? time, $1.id) }) else { return .idle }
            guard let id = state.message(for: target.id, rules, at: time), var message = state.messages[id] else {
                return .nothingYet
            }
            message.attempts += 1
            if message.isAttempted { message.uncertain += 1 }
            message.isAttempted = true
            target.lease += 1
            target.leasedUntil = time.adding(rules.lease)
            state.messages[id] = message
            state.targets[target.id] = target
            let alerts = state.deliveries.filter { $0.message == id }.compactMap { state.alerts[$0.alert] }
            return .message(
                ClaimedMessage(
                    id: id,
                    target: target.id,
                    destination: target.destination,
                    alerts: alerts.sorted { $0.id < $1.id },
                    createdAt: message.createdAt,
                    attempts: message.attempts,
                    uncertainAttempts: message.uncertain,
                    lease: target.lease,
                    state: target.state
                )
            )
        }
    }

    package func settle(
        _ message: ClaimedMessage,
        _ result: DeliveryResult,
        rules: DeliveryRules,
        random: UInt64,
        at time: Timestamp
    ) async throws -> Settlement {
        state.withLock { state in
            guard var target = state.targets[message.target] else { return .superseded }
            var due: Timestamp?
            let settlement: Settlement
            switch result {
            case .sent(let answer):
                guard state.end(message.id, .sent, answer, at: time) else { return .superseded }
                rules.delivered(&target.state, at: time)
                settlement = .sent
            case .failed(let words, let isRetriable, let isUncertain):
                guard target.lease == message.lease, state.messages[message.id]?.state == .pending else {
                    return .superseded
                }
                due = rules.failed(
                    &target.state,
                    isRetriable: isRetriable,
                    since: message.createdAt,
                    at: time,
                    random: random
                )
                if isUncertain { state.messages[message.id]?.uncertain += 1 }
                if let due {
                    state.messages[message.id]?.isAttempted = false
                    state.messages[message.id]?.detail = words
                    settlement = .retrying(at: due)
                } else {
                    state.end(message.id, .failed, words, at: time)
                    settlement = .givenUp
                }
            }
            if due == nil, state.deliveries.contains(where: { state.isWaiting($0, for: target.id) }) { due = time }
            target.due = due
            target.leasedUntil = nil
            state.targets[target.id] = target
            return settlement
        }
    }
}
