internal import Domain
internal import Postgres

/// The outbox and the positions of writers.
extension PostgresLedgerStore {
    private static let selectOutbox: SQL = """
        SELECT o.*, s.team, s.project, s.user_id, s.source_app, s.provider, s.model
        FROM outbox AS o JOIN series AS s ON s.id = o.series_id
        WHERE o.partition = $1 AND o.number > $2 ORDER BY o.number LIMIT $3
        """

    package func outbox(partition: Int, after number: Int64, limit: Int) async throws -> [OutboxEntry] {
        try await mapErrors {
            let values: [PostgresValue] = [.int(partition), .int(number), .int(min(max(limit, 1), 10_000))]
            return try await pool.query(Self.selectOutbox, values).map { try OutboxEntry($0) }
        }
    }

    package func outboxPositions() async throws -> [Int: OutboxPosition] {
        try await mapErrors {
            let rows = try await pool.query("SELECT partition, last_outbox_number, relayed_number FROM partitions")
            var positions: [Int: OutboxPosition] = [:]
            for row in rows {
                positions[try row.value(at: 0)] = OutboxPosition(
                    last: try row.value(at: 1),
                    relayed: try row.value(at: 2)
                )
            }
            return positions
        }
    }

    package func markRelayed(partition: Int, through number: Int64) async throws {
        try await mapErrors {
            _ = try await pool.query(
                "UPDATE partitions SET relayed_number = $2 WHERE partition = $1 AND relayed_number < $2",
                [.int(partition), .int(number)]
            )
        }
    }
}

extension OutboxEntry {
    init(_ row: PostgresRow) throws {
        guard let reason = Reason(rawValue: try row.value("reason")) else {
            throw LedgerError(.corruptRow, "an outbox reason is unknown to this version")
        }
        self.init(
            partition: try row.value("partition"),
            number: try row.value("number"),
            identity: try EventIdentity(row, workspace: "workspace"),
            provider: try row.value("provider"),
            model: try row.value("model"),
            occurredAt: try row.value("occurred_at"),
            amount: Money(picoDollars: try row.value("amount")),
            events: try row.value("events"),
            unpricedEvents: try row.value("unpriced_events"),
            reason: reason,
            epoch: try row.optional("entry_epoch"),
            reference: try row.isNull("entry_ms") ? nil : try EntryReference(row)
        )
    }
}

extension EntryReference {
    /// Reads the columns `entry_epoch`, `entry_ms` and `entry_seq`.
    init(_ row: PostgresRow) throws {
        self.init(
            epoch: try row.value("entry_epoch"),
            milliseconds: try row.value("entry_ms"),
            sequence: try row.value("entry_seq")
        )
    }
}
