internal import Postgres

/// What erasing users needs.
extension LedgerSchema {
    static let erasures: SQL = """
        -- Grows with each erasure: a replica that remembers series by their dimensions looks them up again.
        ALTER TABLE ledger_workspaces ADD COLUMN erasures bigint NOT NULL DEFAULT 0;
        """
}
