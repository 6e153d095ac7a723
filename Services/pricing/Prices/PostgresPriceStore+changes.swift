internal import Directory
package import Domain
internal import Postgres
internal import PriceBook
internal import PriceDesk

extension PostgresPriceStore {
    package func claimNotice(of sync: Int64) async throws -> Bool {
        try await translating {
            try await pool.query(
                "UPDATE price_syncs SET notice = 'sent' WHERE id = $1 AND notice = 'due'",
                [.int(sync)]
            ).affectedRowCount == 1
        }
    }

    package func returnNotice(of sync: Int64) async throws {
        try await translating {
            _ = try await pool.query("UPDATE price_syncs SET notice = 'due' WHERE id = $1", [.int(sync)])
        }
    }

    package func dueNotices(limit: Int) async throws -> [SyncRecord] {
        try await translating {
            try await pool.query(
                "SELECT * FROM price_syncs WHERE notice = 'due' ORDER BY id LIMIT $1",
                [.int(limit)]
            ).map { try SyncRecord(row: $0) }
        }
    }

    package func claimStaleNotice(at time: Timestamp) async throws -> Bool {
        try await translating {
            try await pool.query(
                "UPDATE price_book SET stale_noticed_at = $1::timestamptz WHERE stale_noticed_at IS NULL",
                [.timestamp(time)]
            ).affectedRowCount == 1
        }
    }

    package func returnStaleNotice() async throws {
        try await translating {
            _ = try await pool.query("UPDATE price_book SET stale_noticed_at = NULL")
        }
    }

    package func priceChanges(_ state: PriceChange.State?, before: Int64?, limit: Int) async throws -> [PriceChange] {
        try await translating {
            try await pool.query(
                """
                SELECT * FROM price_changes WHERE id < $1 AND ($2::text IS NULL OR state = $2)
                ORDER BY id DESC LIMIT $3
                """,
                [.int(before ?? .max), .text(state?.rawValue), .int(limit)]
            ).map { try PriceChange(row: $0) }
        }
    }

    package func pendingChangeCount() async throws -> Int {
        try await translating {
            let rows = try await pool.query("SELECT count(*) AS n FROM price_changes WHERE state = 'pending'")
            return try rows.first?.value("n") ?? 0
        }
    }

    package func verdicts() async throws -> PriceVerdicts {
        try await translating {
            let rows = try await pool.query(
                "SELECT key, state, new_version FROM price_changes WHERE state IN ('pending', 'rejected')"
            )
            return try rows.reduce(into: PriceVerdicts()) { verdicts, row in
                let key: String = try row.value("key")
                let version = UInt64(bitPattern: try row.value("new_version", as: Int64.self))
                if try row.value("state", as: String.self) == PriceChange.State.pending.rawValue {
                    verdicts.pending[key] = version
                } else {
                    verdicts.rejected[key, default: []].insert(version)
                }
            }
        }
    }

    package func decide(_ decision: PriceDecision, at time: Timestamp) async throws -> PriceChange {
        try await translating {
            try await pool.withTransaction { connection in
                // The book's row is locked first, as everywhere: a sync that is being applied has its turn before or after.
                _ = try await connection.query("SELECT version FROM price_book FOR UPDATE")
                let rows = try await connection.query(
                    "SELECT * FROM price_changes WHERE id = $1",
                    [.int(decision.changeID)]
                )
                guard let row = rows.first else { throw PriceStoreError.noChange(decision.changeID) }
                let change = try PriceChange(row: row)
                if change.state == decision.state { return change }
                guard change.state == .pending else { throw PriceStoreError.decided(change) }
                if decision.isApproved { try await takeOver(change, decision, at: time, on: connection) }
                let decided = try await write(decision, at: time, on: connection)
                let entry = try decided.auditEntry(by: decision.by, from: change)
                try await Directory.audit([entry], at: time, in: connection)
                return decided
            }
        }
    }

    private func write(
        _ decision: PriceDecision,
        at time: Timestamp,
        on connection: PostgresConnection
    ) async throws -> PriceChange {
        let rows = try await connection.query(
            decideChange,
            [
                .int(decision.changeID), .text(decision.state.rawValue), .timestamp(time), .text(decision.by.signature),
                .text(decision.note),
            ]
        )
        guard let row = rows.first else { throw PriceStoreError.noChange(decision.changeID) }
        return try PriceChange(row: row)
    }

    /// Makes an approved change the price from now on.
    private func takeOver(
        _ change: PriceChange,
        _ decision: PriceDecision,
        at time: Timestamp,
        on connection: PostgresConnection
    ) async throws {
        let version = try await nextVersion(on: connection)
        let ends = try await closeVersions(
            [change.key],
            by: decision.by.signature,
            version: version,
            at: time,
            on: connection
        )
        guard var entry = try change.newEntry() else { return }
        entry.validFrom = ends[change.key] ?? time
        entry.validTo = nil
        let origin = PriceRowOrigin(
            source: .litellm,
            syncID: change.syncID,
            author: decision.by.signature,
            reason: decision.reason
        )
        _ = try await insert(entry, origin, version: version, at: time, on: connection)
    }
}
