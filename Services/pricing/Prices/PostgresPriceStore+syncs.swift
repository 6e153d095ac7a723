internal import Directory
package import Domain
internal import Postgres
internal import PriceBook
internal import PriceDesk

extension PostgresPriceStore {
    package func begin(_ request: SyncRequest) async throws -> SyncAdmission {
        try await translating {
            try await pool.withTransaction { connection in
                // Replicas that want to begin at once take turns; the book's version stays what it is.
                _ = try await connection.query("SELECT version FROM price_book FOR UPDATE")
                _ = try await connection.query(
                    abandonSyncs,
                    [.timestamp(request.abandonedBefore), .timestamp(request.at), .text(request.instance)]
                )
                let running = try await connection.query("SELECT id FROM price_syncs WHERE outcome = 'running'")
                guard running.isEmpty else { return .running }
                if let due = request.dueBefore, let last = try await lastGoodSync(on: connection)?.finishedAt,
                    last > due
                {
                    return .notDue
                }
                let rows = try await connection.query(
                    insertSync,
                    [
                        .text(request.cause.rawValue), .text(request.requestedBy.signature), .text(request.instance),
                        .text(request.url), .timestamp(request.at),
                    ]
                )
                guard let row = rows.first else { throw PriceStoreError(.unavailable, "A sync was not stored.") }
                let record = try SyncRecord(row: row)
                // Syncs that are due begin every day; nobody decides about them.
                if record.cause == .manual {
                    let entry = record.auditEntry("price_sync.begin", by: request.requestedBy)
                    try await Directory.audit([entry], at: request.at, in: connection)
                }
                return .admitted(record)
            }
        }
    }

    package func finish(_ sync: Int64, _ result: SyncResult, at time: Timestamp) async throws -> SyncRecord {
        try await translating {
            try await pool.withTransaction { try await finish(sync, result, at: time, on: $0) }
        }
    }

    package func apply(
        _ plan: SyncPlan,
        of sync: Int64,
        _ result: SyncResult,
        basedOn version: Int64,
        at time: Timestamp
    ) async throws -> SyncRecord {
        try await translating {
            try await pool.withTransaction { connection in
                let next = try await nextVersion(on: connection)
                guard next == version + 1 else { throw PriceStoreError.outdated }
                let record = try await finish(sync, result, at: time, on: connection)
                let stamp = VersionStamp(version: next, sync: sync, time: time)
                try await write(plan, stamp, on: connection)
                let settled = plan.superseded + plan.proposals.map(\.key)
                _ = try await connection.query(
                    supersedeChanges,
                    [.textArray(settled.sorted()), .timestamp(time), .text("sync \(sync)")]
                )
                for start in stride(from: 0, to: plan.proposals.count, by: 500) {
                    let some = plan.proposals[start..<min(start + 500, plan.proposals.count)]
                    _ = try await connection.pipeline(some.map { $0.insertion(sync: sync, at: time) })
                }
                let entry = record.auditEntry("price_sync.apply", by: Author(.system, id: "pricing"))
                try await Directory.audit([entry], at: time, in: connection)
                return record
            }
        }
    }

    /// When, by which sync and under which version of the book rows are written.
    private struct VersionStamp {
        var version: Int64
        var sync: Int64
        var time: Timestamp
    }

    private func write(_ plan: SyncPlan, _ stamp: VersionStamp, on connection: PostgresConnection) async throws {
        let ends = try await closeVersions(
            plan.changed.map(\.key) + plan.closed,
            by: "sync \(stamp.sync)",
            version: stamp.version,
            at: stamp.time,
            on: connection
        )
        let new = plan.opened.map { ($0, plan.isBaseline ? nil : stamp.time) }
        let changed = plan.changed.map { ($0, Optional(ends[$0.key] ?? stamp.time)) }
        let entries = new + changed
        guard !entries.isEmpty else { return }
        _ = try await connection.query(
            insertVersions,
            [
                .int(Int(PriceSource.litellm.rawValue)), .textArray(entries.map(\.0.key)),
                .textArray(entries.map(\.0.provider)), .textArray(entries.map(\.0.json)),
                .int64Array(entries.map { Int64(bitPattern: $0.0.contentVersion(source: .litellm)) }),
                .timestampArray(entries.map(\.1)), .timestamp(stamp.time), .int(stamp.sync), .null, .null,
                .int(stamp.version),
            ]
        )
    }

    /// Ends the open versions of models of the map; returns each one's end.
    func closeVersions(
        _ keys: [String],
        by whom: String,
        version: Int64,
        at time: Timestamp,
        on connection: PostgresConnection
    ) async throws -> [String: Timestamp] {
        guard !keys.isEmpty else { return [:] }
        let rows = try await connection.query(
            closeOpenVersions,
            [
                .int(Int(PriceSource.litellm.rawValue)), .textArray(keys.sorted()), .timestamp(time), .text(whom),
                .int(version),
            ]
        )
        return try rows.reduce(into: [:]) { ends, row in
            ends[try row.value("key", as: String.self)] = try row.value("valid_to", as: Timestamp.self)
        }
    }

    private func finish(
        _ sync: Int64,
        _ result: SyncResult,
        at time: Timestamp,
        on connection: PostgresConnection
    ) async throws -> SyncRecord {
        let rows = try await connection.query(endSync, result.values(of: sync, at: time))
        guard let row = rows.first else { throw PriceStoreError.syncLost }
        let record = try SyncRecord(row: row)
        if record.outcome.isGood, record.cause != .shipped {
            _ = try await connection.query("UPDATE price_book SET stale_noticed_at = NULL")
        }
        _ = try await connection.query(dropOldSyncs, [.timestamp(time)])
        return record
    }

    package func syncs(before: Int64?, limit: Int) async throws -> [SyncRecord] {
        try await translating {
            try await pool.query(
                "SELECT * FROM price_syncs WHERE id < $1 ORDER BY id DESC LIMIT $2",
                [.int(before ?? .max), .int(limit)]
            ).map { try SyncRecord(row: $0) }
        }
    }

    package func lastGoodSync() async throws -> SyncRecord? {
        try await translating {
            try await pool.withConnection { try await lastGoodSync(on: $0) }
        }
    }

    private func lastGoodSync(on connection: PostgresConnection) async throws -> SyncRecord? {
        try await connection.query(goodSync).first.map { try SyncRecord(row: $0) }
    }

    package func hasImported(digest: String) async throws -> Bool {
        try await translating {
            let rows = try await pool.query(
                """
                SELECT 1 FROM price_syncs WHERE cause = 'shipped' AND digest = $1
                    AND outcome IN ('applied', 'unchanged', 'not_modified', 'refused') LIMIT 1
                """,
                [.text(digest)]
            )
            return !rows.isEmpty
        }
    }
}

extension SyncPlan.Proposal {
    fileprivate func insertion(sync: Int64, at time: Timestamp) -> PostgresQuery {
        PostgresQuery(
            insertChange,
            [
                .int(sync), .text(key), .textArray(findings.guards), .text(findings.detail), .text(old?.json),
                .text(new?.json), .int(Int64(bitPattern: newVersion)), .timestamp(time),
            ]
        )
    }
}
