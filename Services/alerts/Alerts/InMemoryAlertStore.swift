package import Domain
internal import Synchronization

/// The alerts' store in memory, for tests of what stands on it; one suite tests both.
package final class InMemoryAlertStore: AlertStore {
    struct Target {
        var id: Int64
        var destination: Destination
        var due: Timestamp?
        var leasedUntil: Timestamp?
        var lease: Int64 = 0
        var state = DeliveryRules.State()
    }

    struct Message {
        var target: Int64
        var state = DeliveryReceipt.State.pending
        var createdAt: Timestamp
        var attempts = 0
        var uncertain = 0
        var isAttempted = false
        var settledAt: Timestamp?
        var detail: String?
    }

    struct Delivery {
        var alert: Int64
        var target: Int64
        var state: DeliveryReceipt.State
        var message: String?
    }

    struct State {
        var alerts: [Int64: Alert] = [:]
        var names: Set<String> = []
        var targets: [Int64: Target] = [:]
        var messages: [String: Message] = [:]
        /// In the order of their ids.
        var deliveries: [Delivery] = []
        var channels: [Channel] = []
        var key: [UInt8]?

        func isWaiting(_ delivery: Delivery, for target: Int64) -> Bool {
            delivery.target == target && delivery.state == .pending && delivery.message == nil
        }

        /// Writes what became of alerts as a whole.
        mutating func derive(_ ids: Set<Int64>) {
            for id in ids {
                let states = Set(deliveries.filter { $0.alert == id }.map(\.state))
                let order: [(DeliveryReceipt.State, AlertState)] = [
                    (.pending, .pending), (.failed, .failed), (.sent, .sent),
                ]
                alerts[id]?.state = order.first { states.contains($0.0) }?.1 ?? .undeliverable
            }
        }
    }

    let state = Mutex(State())

    package init() {}

    package func add(
        _ alerts: [NewAlert],
        reachable: Set<ChannelKind>,
        at time: Timestamp
    ) async throws -> [Alert] {
        state.withLock { state in
            var added: [Alert] = []
            for new in alerts.sorted(by: { $0.subject.name < $1.subject.name }) {
                guard state.names.insert(new.subject.name).inserted else { continue }
                let isPending = new.destinations.contains { reachable.contains($0.kind) }
                let id = Int64(state.alerts.count + 1)
                let alert = new.alert(id: id, state: isPending ? .pending : .undeliverable, at: time)
                state.alerts[id] = alert
                added.append(alert)
                for destination in Set(new.destinations).sorted() {
                    let isReachable = reachable.contains(destination.kind)
                    let target = state.wake(destination, due: isReachable ? time : nil)
                    state.deliveries.append(
                        Delivery(alert: id, target: target, state: isReachable ? .pending : .undeliverable)
                    )
                }
            }
            return added
        }
    }

    package func alerts(_ filter: AlertFilter, before id: Int64?, limit: Int) async throws -> [Alert] {
        let all = state.withLock { $0.alerts.values.sorted { $0.id > $1.id } }
        let wanted = all.filter { alert in
            var budget: String?
            if case .crossing(let crossing) = alert.subject { budget = crossing.key.budget }
            let isReached = filter.workspaces.map { list in alert.workspace.map(list.contains) ?? false } ?? true
            return alert.id < id ?? .max && isReached
                && (filter.budget ?? budget) == budget && (filter.state ?? alert.state) == alert.state
                && (filter.kind ?? alert.subject.kind) == alert.subject.kind
        }
        return Array(wanted.prefix(limit))
    }

    package func receipts(of alerts: [Int64]) async throws -> [Int64: [DeliveryReceipt]] {
        state.withLock { state in
            state.deliveries.filter { alerts.contains($0.alert) }.reduce(into: [:]) { receipts, delivery in
                guard let target = state.targets[delivery.target] else { return }
                let message = delivery.message.flatMap { state.messages[$0] }
                receipts[delivery.alert, default: []].append(
                    DeliveryReceipt(
                        destination: target.destination,
                        state: delivery.state,
                        attempts: message?.attempts ?? 0,
                        uncertainAttempts: message?.uncertain ?? 0,
                        messageID: delivery.message,
                        settledAt: message?.settledAt,
                        detail: message?.detail
                    )
                )
            }
        }
    }

    package func known(notices ids: [String]) async throws -> Set<String> {
        state.withLock { state in Set(ids.filter { state.names.contains("n \($0)") }) }
    }

    package func backlog() async throws -> AlertBacklog {
        state.withLock { state in
            AlertBacklog(
                pendingDeliveries: Int64(state.deliveries.count { $0.state == .pending }),
                failedDeliveries: Int64(state.deliveries.count { $0.state == .failed })
            )
        }
    }

    package func channels() async throws -> [Channel] { state.withLock { $0.channels } }

    package func create(_ channel: Channel, by author: Author) async throws {
        try state.withLock { state in
            let count = state.channels.count { $0.workspace == channel.workspace }
            guard count < ChannelRules.channelsPerWorkspace else { throw AlertError.tooManyChannels }
            state.channels.append(channel)
        }
    }

    package func update(_ channel: Channel, by author: Author) async throws {
        try state.withLock { state in
            guard let index = state.channels.firstIndex(where: { $0.id == channel.id }) else {
                throw AlertError.noChannel(channel.id)
            }
            guard state.channels[index].version == channel.version - 1 else { throw AlertError.outdated(channel.id) }
            state.channels[index] = channel
        }
    }

    package func removeChannel(_ id: String, by author: Author, at time: Timestamp) async throws {
        try state.withLock { state in
            guard let index = state.channels.firstIndex(where: { $0.id == id }) else { throw AlertError.noChannel(id) }
            let removed = state.channels.remove(at: index)
            guard removed.kind != .email, let target = state.target(of: removed.destination) else { return }
            state.targets[target]?.due = nil
            for (id, message) in state.messages where message.target == target && message.state == .pending {
                state.end(id, .failed, "the channel was removed", at: time)
            }
            var alerts: Set<Int64> = []
            for index in state.deliveries.indices where state.isWaiting(state.deliveries[index], for: target) {
                state.deliveries[index].state = .failed
                alerts.insert(state.deliveries[index].alert)
            }
            state.derive(alerts)
        }
    }

    package func installationKey(orElse made: [UInt8]) async throws -> [UInt8] {
        state.withLock { state in
            let key = state.key ?? made
            state.key = key
            return key
        }
    }
}
