internal import Domain
internal import Postgres
package import Streams

/// What counters are rebuilt from.
extension PostgresLedgerStore {
    package func counterSums(_ queries: [LedgerQuery], leavingOut work: UnappliedWork) async throws -> CounterSums {
        for query in queries { try query.check() }
        return try await mapErrors {
            // All statements see one moment.
            try await pool.withTransaction(isolation: .repeatableRead) { connection in
                let events = try await connection.query(Self.selectToCount, Self.values(of: work))
                let outbox = try await connection.query(Self.selectToApply, Self.outboxValues(of: work))
                guard events.count <= CounterSums.limit, outbox.count <= CounterSums.limit else {
                    throw LedgerError(.stale, "too much is still to be counted to rebuild a counter now")
                }
                let results = try await connection.pipeline(queries.map { ReportPlanner.totals($0).query })
                return CounterSums(
                    totals: try results.map { try $0.first.map { try LedgerTotals($0) } ?? .zero },
                    unapplied: try events.map { try UnappliedChange($0) }
                        + work.changes(from: try outbox.map { try OutboxEntry($0) })
                )
            }
        }
    }

    package func known(_ entries: [EntryReference], partition: Int) async throws -> [EntryReference] {
        try await mapErrors {
            let values: [PostgresValue] = [
                .int64Array(entries.map(\.epoch)), .int64Array(entries.map(\.milliseconds)),
                .int64Array(entries.map(\.sequence)), .int(partition),
            ]
            return try await pool.query(Self.selectKnown, values).map { try EntryReference($0) }
        }
    }

    private static let selectKnown: SQL = """
        WITH given AS (SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS g (epoch, ms, seq))
        SELECT i.entry_epoch, i.entry_ms, i.entry_seq FROM given
        JOIN identities AS i ON (i.entry_ms, i.entry_seq, i.entry_epoch) = (given.ms, given.seq, given.epoch)
        UNION
        SELECT o.entry_epoch, o.entry_ms, o.entry_seq FROM given
        JOIN outbox AS o ON o.partition = $4 AND o.entry_ms IS NOT NULL
            AND (o.entry_ms, o.entry_seq, o.entry_epoch) = (given.ms, given.seq, given.epoch)
        """

    /// Events whose entry is of one of the lives $1, up to its end ($2, $3), and after what was delivered ($4, $5); and
    /// those of the entries $6, $7, $8.
    private static let selectToCount: SQL = """
        SELECT w.name AS workspace_name, s.team, s.project, s.user_id, s.source_app, s.provider, s.model, e.tags,
            e.occurred_at, e.cost
        FROM (
            SELECT i.workspace, i.id, i.occurred_at
            FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS life (epoch, ms, seq)
            JOIN identities AS i ON i.entry_epoch = life.epoch
                AND (i.entry_ms, i.entry_seq) > ($4::bigint, $5::bigint)
                AND (i.entry_ms, i.entry_seq) <= (life.ms, life.seq)
            UNION
            SELECT i.workspace, i.id, i.occurred_at
            FROM unnest($6::bigint[], $7::bigint[], $8::bigint[]) AS given (epoch, ms, seq)
            JOIN identities AS i ON (i.entry_ms, i.entry_seq, i.entry_epoch) = (given.ms, given.seq, given.epoch)
        ) AS i
        JOIN ledger_workspaces AS w ON w.number = i.workspace
        -- The identity's id is the first half of SHA-256 over workspace, a zero byte and event id.
        JOIN usage_events AS e ON e.workspace = i.workspace AND e.occurred_at = i.occurred_at AND e.kind = 1
            AND uuid_send(i.id) = substring(
                sha256(convert_to(w.name, 'UTF8') || '\\x00'::bytea || convert_to(e.event_id, 'UTF8')) FROM 1 FOR 16)
        JOIN series AS s ON s.id = e.series_id
        LIMIT 100001
        """

    private static func values(of work: UnappliedWork) -> [PostgresValue] {
        let end = EntryReference(epoch: work.delivered.epoch, milliseconds: .max, sequence: .max)
        let lives = work.cuts + [end]
        return [
            .int64Array(lives.map(\.epoch)), .int64Array(lives.map(\.milliseconds)), .int64Array(lives.map(\.sequence)),
            .int(work.delivered.milliseconds), .int(work.delivered.sequence),
            .int64Array(work.single.map(\.epoch)), .int64Array(work.single.map(\.milliseconds)),
            .int64Array(work.single.map(\.sequence)),
        ]
    }

    /// Corrections above the mark, and late duplicates of entries that may be still to be counted.
    private static let selectToApply: SQL = """
        SELECT o.*, s.team, s.project, s.user_id, s.source_app, s.provider, s.model
        FROM outbox AS o JOIN series AS s ON s.id = o.series_id
        WHERE o.partition = $1 AND o.number > $2
        UNION ALL
        SELECT o.*, s.team, s.project, s.user_id, s.source_app, s.provider, s.model
        FROM outbox AS o JOIN series AS s ON s.id = o.series_id
        WHERE o.partition = $1 AND o.number <= $2 AND o.entry_ms IS NOT NULL AND o.entry_ms >= $3
        LIMIT 100001
        """

    private static func outboxValues(of work: UnappliedWork) -> [PostgresValue] {
        let oldest = work.single.reduce(work.delivered.milliseconds) { min($0, $1.milliseconds) }
        return [.int(work.partition), .int(work.outboxMark), .int(oldest)]
    }
}

/// What the ledger remembers of the streams' lives.
extension PostgresLedgerStore: StreamLives {
    package func comparing(
        _ partition: Partition,
        _ body: @Sendable (KnownLife) async throws -> Int64
    ) async throws {
        try await mapErrors {
            try await pool.withTransaction { connection in
                // Waits for the batches that are being kept; those that come later see the new life.
                _ = try await connection.query(
                    "SELECT pg_advisory_xact_lock($1::integer, $2::integer)",
                    [.int(Self.lifeLockClass), .int(partition.number)]
                )
                _ = try await connection.query(
                    "INSERT INTO partitions (partition) VALUES ($1) ON CONFLICT DO NOTHING",
                    [.int(partition.number)]
                )
                // The row's lock keeps corrections from taking numbers, and other comparisons out.
                let known = try KnownLife(await connection.query(Self.selectLife, [.int(partition.number)]).first)
                let epoch = try await body(known)
                guard epoch != known.epoch else { return }
                _ = try await connection.query(
                    "UPDATE partitions SET epoch = $2 WHERE partition = $1",
                    [.int(partition.number), .int(epoch)]
                )
            }
        }
    }

    private static let selectLife: SQL = """
        SELECT p.epoch, p.last_outbox_number, furthest.entry_ms, furthest.entry_seq
        FROM partitions AS p
        LEFT JOIN LATERAL (
            SELECT entry_ms, entry_seq FROM writer_positions AS w
            WHERE w.partition = p.partition AND w.entry_epoch = p.epoch
            ORDER BY entry_ms DESC, entry_seq DESC LIMIT 1
        ) AS furthest ON true
        WHERE p.partition = $1
        FOR UPDATE OF p
        """
}

extension KnownLife {
    fileprivate init(_ row: PostgresRow?) throws {
        guard let row else { throw LedgerError(.corruptRow, "a partition vanished while it was looked up") }
        let milliseconds: Int64? = try row.optional("entry_ms")
        let sequence: Int64? = try row.optional("entry_seq")
        self.init(
            epoch: try row.optional("epoch"),
            furthest: EntryID(milliseconds: UInt64(milliseconds ?? 0), sequence: UInt64(sequence ?? 0)),
            outboxNumber: try row.value("last_outbox_number")
        )
    }
}

extension UnappliedChange {
    fileprivate init(_ row: PostgresRow) throws {
        self.init(
            identity: try EventIdentity(row, workspace: "workspace_name"),
            provider: try row.value("provider"),
            model: try row.value("model"),
            occurredAt: try row.value("occurred_at"),
            cost: try row.optional("cost", as: Int64.self).map { Money(picoDollars: $0) }
        )
    }
}
