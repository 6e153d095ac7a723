package import Domain
package import Postgres

/// The alerts' store in PostgreSQL.
package struct PostgresAlertStore: AlertStore {
    let pool: PostgresPool

    /// Makes a store over a pool whose database has ``AlertSchema/migrations``.
    package init(pool: PostgresPool) {
        self.pool = pool
    }

    package func add(
        _ alerts: [NewAlert],
        reachable: Set<ChannelKind>,
        at time: Timestamp
    ) async throws -> [Alert] {
        // Sorted, so that replicas that find the same at once lock rows in one order.
        let sorted = alerts.sorted { $0.subject.name < $1.subject.name }
        return try await translating {
            try await pool.withTransaction(attempts: 3) { connection in
                var added: [(alert: Alert, destinations: Set<Destination>)] = []
                for new in sorted {
                    let isPending = new.destinations.contains { reachable.contains($0.kind) }
                    let state = isPending ? AlertState.pending : .undeliverable
                    let rows = try await connection.query(insertAlert, try new.values(state: state, at: time))
                    guard let row = rows.first else { continue }
                    let id: Int64 = try row.value("id")
                    added.append((new.alert(id: id, state: state, at: time), Set(new.destinations)))
                }
                try await deliver(added, reachable: reachable, at: time, on: connection)
                return added.map(\.alert)
            }
        }
    }

    private func deliver(
        _ added: [(alert: Alert, destinations: Set<Destination>)],
        reachable: Set<ChannelKind>,
        at time: Timestamp,
        on connection: PostgresConnection
    ) async throws {
        let destinations = added.reduce(into: Set<Destination>()) { $0.formUnion($1.destinations) }.sorted()
        guard !destinations.isEmpty else { return }
        var targets: [Destination: Int64] = [:]
        for destination in destinations {
            let due = reachable.contains(destination.kind) ? time : nil
            let rows = try await connection.query(
                wakeTarget,
                [.text(destination.kind.rawValue), .text(destination.address), .timestamp(due)]
            )
            targets[destination] = try rows.first?.value("id")
        }
        var deliveries: [(alert: Int64, target: Int64, state: DeliveryReceipt.State)] = []
        for (alert, wanted) in added {
            for destination in wanted.sorted() {
                guard let target = targets[destination] else { continue }
                let state: DeliveryReceipt.State = reachable.contains(destination.kind) ? .pending : .undeliverable
                deliveries.append((alert.id, target, state))
            }
        }
        _ = try await connection.query(
            insertDeliveries,
            [
                .int64Array(deliveries.map(\.alert)), .int64Array(deliveries.map(\.target)),
                .textArray(deliveries.map(\.state.rawValue)),
            ]
        )
    }

    package func alerts(_ filter: AlertFilter, before id: Int64?, limit: Int) async throws -> [Alert] {
        try await translating {
            let rows = try await pool.query(
                listAlerts,
                [
                    .int(id ?? .max), filter.workspaces.map { .textArray($0) } ?? .null, .text(filter.budget),
                    .text(filter.kind?.rawValue), .text(filter.state?.rawValue), .int(limit),
                ]
            )
            return try rows.map { try Alert(row: $0) }
        }
    }

    package func receipts(of alerts: [Int64]) async throws -> [Int64: [DeliveryReceipt]] {
        try await translating {
            let rows = try await pool.query(receiptsOfAlerts, [.int64Array(alerts)])
            return try rows.reduce(into: [:]) { receipts, row in
                receipts[try row.value("alert"), default: []].append(try DeliveryReceipt(row: row))
            }
        }
    }

    package func known(notices ids: [String]) async throws -> Set<String> {
        try await translating {
            let rows = try await pool.query(
                "SELECT notice_id FROM alerts WHERE notice_id = ANY ($1::text[])",
                [.textArray(ids)]
            )
            return Set(try rows.map { try $0.value("notice_id", as: String.self) })
        }
    }

    package func backlog() async throws -> AlertBacklog {
        try await translating {
            guard let row = try await pool.query(countBacklog).first else {
                throw AlertError(.unavailable, "The alerts could not be counted.")
            }
            return AlertBacklog(
                pendingDeliveries: try row.value("pending"),
                failedDeliveries: try row.value("failed")
            )
        }
    }

    /// Runs a body of queries; turns PostgreSQL's errors into the store's.
    func translating<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as PostgresError {
            throw AlertError(.unavailable, "The alerts' store failed.", underlying: error)
        }
    }
}

extension AlertSubject {
    /// What orders alerts, the same for all replicas.
    var name: String {
        switch self {
        case .crossing(let crossing):
            let key = crossing.key
            return "c \(key.budget) \(key.scopeValue) \(key.period) \(key.limitVersion) \(key.threshold)"
        case .notice(let id, _, _, _): return "n \(id)"
        }
    }
}

extension NewAlert {
    func alert(id: Int64, state: AlertState, at time: Timestamp) -> Alert {
        Alert(
            id: id,
            subject: subject,
            workspace: workspace,
            happenedAt: happenedAt,
            createdAt: time,
            state: state
        )
    }
}
