package import Domain
internal import Postgres

extension PostgresAlertStore {
    package func claim(_ rules: DeliveryRules, at time: Timestamp) async throws -> ClaimOutcome {
        try await translating {
            // Nothing is due most of the time: one statement finds that out, without a transaction.
            guard try await pool.query(isDue, [.timestamp(time)]).first != nil else { return .idle }
            return try await pool.withTransaction { connection in
                guard let target = try await connection.query(dueTarget, [.timestamp(time)]).first else { return .idle }
                let id: Int64 = try target.value("id")
                let state = try DeliveryRules.State(row: target)
                guard let message = try await message(for: id, state, rules, at: time, on: connection) else {
                    return .nothingYet
                }
                let begun = try await connection.query(beginAttempt, [.text(message), .timestamp(time)])
                let leased = try await connection.query(
                    leaseTarget,
                    [.int(id), .timestamp(time.adding(rules.lease))]
                )
                guard let attempt = begun.first, let lease = leased.first else {
                    throw AlertError(.unavailable, "A message could not be claimed.")
                }
                let alerts = try await connection.query(alertsOfMessage, [.text(message)])
                return .message(
                    ClaimedMessage(
                        id: message,
                        target: id,
                        destination: try Destination(row: target),
                        alerts: try alerts.map { try Alert(row: $0) },
                        createdAt: try attempt.value("created_at"),
                        attempts: try attempt.value("attempts"),
                        uncertainAttempts: try attempt.value("uncertain"),
                        lease: try lease.value("lease"),
                        state: state
                    )
                )
            }
        }
    }

    /// The message that a destination is to get: the one that was tried before, or a new one of what waits.
    ///
    /// - Returns: Its id; nil when none is to go now: then the destination has another time.
    private func message(
        for target: Int64,
        _ state: DeliveryRules.State,
        _ rules: DeliveryRules,
        at time: Timestamp,
        on connection: PostgresConnection
    ) async throws -> String? {
        if let tried = try await connection.query(pendingMessage, [.int(target)]).first {
            return try tried.value("id")
        }
        let waits: Bool = try await connection.query(hasWaiting, [.int(target)]).first?.value("waits") ?? false
        let earliest = rules.earliest(state, now: time)
        guard waits, earliest <= time else {
            _ = try await connection.query(scheduleTarget, [.int(target), .timestamp(waits ? earliest : nil)])
            return nil
        }
        let id = MessageID.make()
        _ = try await connection.query(insertMessage, [.text(id), .int(target), .timestamp(time)])
        _ = try await connection.query(composeMessage, [.int(target), .text(id), .int(rules.alertsPerMessage)])
        return id
    }

    package func settle(
        _ message: ClaimedMessage,
        _ result: DeliveryResult,
        rules: DeliveryRules,
        random: UInt64,
        at time: Timestamp
    ) async throws -> Settlement {
        try await translating {
            try await pool.withTransaction(attempts: 3) { connection in
                guard let row = try await connection.query(targetState, [.int(message.target)]).first else {
                    throw AlertError(.unavailable, "A destination is gone.")
                }
                let holdsLease = try row.value("lease", as: Int64.self) == message.lease
                var state = try DeliveryRules.State(row: row)
                let settlement: Settlement
                switch result {
                case .sent(let answer):
                    let isFirst = try await end(message.id, .sent, answer, uncertain: false, at: time, on: connection)
                    guard isFirst else { return .superseded }
                    rules.delivered(&state, at: time)
                    settlement = .sent
                case .failed(let words, let isRetriable, let isUncertain):
                    guard holdsLease else { return .superseded }
                    let next = rules.failed(
                        &state,
                        isRetriable: isRetriable,
                        since: message.createdAt,
                        at: time,
                        random: random
                    )
                    let isNoted: Bool
                    if next == nil {
                        isNoted = try await end(
                            message.id,
                            .failed,
                            words,
                            uncertain: isUncertain,
                            at: time,
                            on: connection
                        )
                    } else {
                        isNoted =
                            try await connection.query(
                                noteFailure,
                                [.text(message.id), .text(words), .int(isUncertain ? 1 : 0)]
                            ).affectedRowCount == 1
                    }
                    guard isNoted else { return .superseded }
                    settlement = next.map { .retrying(at: $0) } ?? .givenUp
                }
                try await release(message.target, state, settlement, at: time, on: connection)
                return settlement
            }
        }
    }

    /// Ends a message and its deliveries.
    ///
    /// - Returns: Whether it was still pending.
    private func end(
        _ id: String,
        _ state: DeliveryReceipt.State,
        _ detail: String,
        uncertain: Bool,
        at time: Timestamp,
        on connection: PostgresConnection
    ) async throws -> Bool {
        let ended = try await connection.query(
            endMessage,
            [.text(id), .text(state.rawValue), .timestamp(time), .text(detail), .int(uncertain ? 1 : 0)]
        )
        guard ended.affectedRowCount == 1 else { return false }
        let rows = try await connection.query(endDeliveries, [.text(id), .text(state.rawValue)])
        try await derive(Set(try rows.map { try $0.value("alert", as: Int64.self) }), on: connection)
        return true
    }

    /// Writes what became of alerts as a whole; their rows are locked first, so that two deliveries of one alert that end
    /// at once see each other.
    func derive(_ alerts: Set<Int64>, on connection: PostgresConnection) async throws {
        let ids = PostgresValue.int64Array(alerts.sorted())
        _ = try await connection.query(lockAlerts, [ids])
        _ = try await connection.query(deriveStates, [ids])
    }

    private func release(
        _ target: Int64,
        _ state: DeliveryRules.State,
        _ settlement: Settlement,
        at time: Timestamp,
        on connection: PostgresConnection
    ) async throws {
        var due: Timestamp?
        if case .retrying(let next) = settlement {
            due = next
        } else if try await connection.query(hasWaiting, [.int(target)]).first?.value("waits") ?? false {
            due = time
        }
        _ = try await connection.query(
            releaseTarget,
            [
                .int(target), .timestamp(due), .int(state.failures), .timestamp(state.windowStart),
                .int(state.windowMessages),
            ]
        )
    }
}
