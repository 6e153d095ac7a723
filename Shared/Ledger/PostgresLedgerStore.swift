internal import Domain
package import Logging
package import Postgres
package import Streams
internal import Synchronization

/// The ledger in PostgreSQL.
///
/// The pool and the schema (`LedgerSchema.migrations`) are the caller's matter.
package final class PostgresLedgerStore: LedgerStore {
    /// The limits of what a store remembers.
    package struct Configuration: Sendable {
        /// How many series a generation of the cache holds; two generations are kept.
        package var seriesCacheSize = 50_000
        /// How many series an export keeps, some 30 MB; with more of them each row brings its own texts.
        package var exportSeriesLimit = 200_000
        /// How often a batch that lost a deadlock is tried again.
        package var attempts = 8
        /// Whether batches move the writer's position in its streams; not for entries that no stream brought.
        package var notesPositions = true

        package init() {}
    }

    struct Memory: Sendable {
        var series: GenerationCache<SeriesKey, SeriesNumber>
        /// How often users of a workspace, by its number, had been erased when its series were looked up.
        var erasures: [Int32: Int64] = [:]
        /// Months whose partition exists, as months since year 0.
        var months: Set<Int> = []
        /// How many of the next batches are not taken for fresh.
        var carefulBatches = 0
    }

    let pool: PostgresPool
    let logger: Logger
    let configuration: Configuration
    let partitioning: Partitioning
    let memory: Mutex<Memory>

    package init(
        pool: PostgresPool,
        logger: Logger,
        configuration: Configuration = Configuration(),
        partitioning: Partitioning = .standard
    ) {
        self.partitioning = partitioning
        self.pool = pool
        self.logger = logger
        self.configuration = configuration
        memory = Mutex(Memory(series: GenerationCache(capacity: configuration.seriesCacheSize)))
    }

    /// Fixes the number of partitions at the first start, and checks it at every later one.
    ///
    /// - Throws: `LedgerError` with code `partitionCount` when it is another than at the first start.
    package func fixPartitionCount(_ count: Int) async throws {
        try await mapErrors {
            try await pool.withTransaction { connection in
                // Two first starts take turns.
                try await connection.execute(script: "LOCK TABLE partitions IN SHARE ROW EXCLUSIVE MODE")
                let found = try await connection.query("SELECT count(*) AS n FROM partitions")
                let known: Int = try found.first?.value("n") ?? 0
                if known == 0 {
                    _ = try await connection.query(
                        "INSERT INTO partitions (partition) SELECT generate_series(0, $1::int - 1)",
                        [.int(count)]
                    )
                } else if known != count {
                    throw LedgerError(
                        .partitionCount,
                        "the ledger was made for \(known) partitions, not \(count): the number is fixed for ever"
                    )
                }
            }
        }
    }
}
