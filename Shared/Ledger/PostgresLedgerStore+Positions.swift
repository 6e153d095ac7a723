internal import Postgres

/// How far a partition's stream was kept, and what was kept of a life that is over.
extension PostgresLedgerStore {
    /// The class of the advisory locks that keep a partition in its life while a batch of it is kept.
    static let lifeLockClass: Int64 = 0x6c69_6665

    /// Notes the furthest entry of each partition, under the writer's own name: replicas need not wait for each other.
    ///
    /// The lock orders a batch and the beginning of a new life: what is kept afterwards is told from what a comparison has
    /// seen. It is a row's lock no longer than corrections take numbers by that.
    static func positions(of batch: Batch, kept: [Int]) -> [PostgresQuery] {
        let furthest = Dictionary(
            batch.entries.map { (Life($0), $0.reference) },
            uniquingKeysWith: { max($0, $1) }
        ).sorted { $0.key < $1.key }
        var queries = [
            PostgresQuery(
                "SELECT pg_advisory_xact_lock_shared($1::integer, number) FROM unnest($2::integer[]) AS g (number)",
                [.int(lifeLockClass), .int32Array(Set(furthest.map { Int32($0.key.partition) }).sorted())]
            ),
            PostgresQuery(
                upsertPositions,
                [
                    .int32Array(furthest.map { Int32($0.key.partition) }), .text(batch.writer),
                    .int64Array(furthest.map(\.value.epoch)), .int64Array(furthest.map(\.value.milliseconds)),
                    .int64Array(furthest.map(\.value.sequence)),
                ]
            ),
        ]
        let lives = Set(kept.map { Life(batch.entries[$0]) }).sorted()
        if !lives.isEmpty {
            queries.append(
                PostgresQuery(
                    countLate,
                    [.int32Array(lives.map { Int32($0.partition) }), .int64Array(lives.map(\.epoch))]
                )
            )
        }
        return queries
    }

    package func lateBatches() async throws -> [Int: Int64] {
        try await mapErrors {
            let rows = try await pool.query("SELECT partition, late_batches FROM partitions WHERE late_batches > 0")
            return try rows.reduce(into: [:]) { counts, row in
                counts[Int(try row.value("partition", as: Int32.self))] = try row.value("late_batches")
            }
        }
    }

    /// A partition in one of its lives.
    private struct Life: Hashable, Comparable {
        var partition: Int
        var epoch: Int64

        init(_ entry: LedgerEntry) {
            partition = entry.partition
            epoch = entry.reference.epoch
        }

        static func < (left: Life, right: Life) -> Bool {
            (left.partition, left.epoch) < (right.partition, right.epoch)
        }
    }

    /// An entry of a life that is over says nothing about the present one.
    ///
    /// Where no life was compared yet, another one than the writer's last is a later one.
    private static let upsertPositions: SQL = """
        INSERT INTO writer_positions AS p (partition, writer, entry_epoch, entry_ms, entry_seq, updated_at)
        SELECT DISTINCT ON (given.partition) given.partition, $2, given.epoch, given.ms, given.seq, now()
        FROM unnest($1::integer[], $3::bigint[], $4::bigint[], $5::bigint[]) AS given (partition, epoch, ms, seq)
        LEFT JOIN partitions AS life ON life.partition = given.partition
        WHERE life.epoch IS NULL OR life.epoch = given.epoch
        ORDER BY given.partition, given.ms DESC, given.seq DESC
        ON CONFLICT (partition, writer) DO UPDATE SET entry_epoch = excluded.entry_epoch,
            entry_ms = excluded.entry_ms, entry_seq = excluded.entry_seq, updated_at = excluded.updated_at
        WHERE p.entry_epoch <> excluded.entry_epoch
            OR (p.entry_ms, p.entry_seq) < (excluded.entry_ms, excluded.entry_seq)
        """

    private static let countLate: SQL = """
        UPDATE partitions AS p SET late_batches = p.late_batches + 1
        FROM unnest($1::integer[], $2::bigint[]) AS given (partition, epoch)
        WHERE p.partition = given.partition AND p.epoch <> given.epoch
        """
}
