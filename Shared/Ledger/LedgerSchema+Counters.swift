internal import Postgres

/// What rebuilding counters needs.
extension LedgerSchema {
    static let counters: SQL = """
        -- The life of the streams that the ledger was told of last; NULL before the first.
        ALTER TABLE partitions ADD COLUMN epoch bigint;
        -- The entries that were kept after a given one: ids grow, so that it is appended to.
        CREATE INDEX identities_by_entry ON identities (entry_ms, entry_seq);
        CREATE INDEX outbox_by_entry ON outbox (partition, entry_ms) WHERE entry_ms IS NOT NULL;
        """

    static let lateBatches: SQL = """
        -- Counts what a writer had in hand when Redis lost it and kept after a new life had begun: no stream has it, so
        -- that counters which were rebuilt before are rebuilt again.
        ALTER TABLE partitions ADD COLUMN late_batches bigint NOT NULL DEFAULT 0;
        """
}
