import Directory
import Ledger
import Postgres
import TestSupport
import Testing

/// Each index of the ledger has a query that needs it; one without is only a cost.
@Suite(.timeLimit(.minutes(2))) struct `An index of the ledger` {
    /// What each is for, as the query that it serves.
    private static let reasons: [String: String] = [
        "usage_events_by_time":
            "SELECT id FROM usage_events WHERE workspace = 1 AND occurred_at < now() ORDER BY occurred_at DESC, id DESC LIMIT 100",
        "usage_events_adjustments": "SELECT id FROM usage_events WHERE adjusts = ANY('{1,2}'::bigint[])",
        "usage_events_by_job":
            "SELECT id FROM usage_events WHERE job = 1 AND (workspace, occurred_at, id) > (1, now(), 1) ORDER BY workspace, occurred_at, id LIMIT 10",
        "identities_pkey": "SELECT digest FROM identities WHERE workspace = 1 AND id = gen_random_uuid()",
        "identities_by_entry": "SELECT id FROM identities WHERE (entry_ms, entry_seq) > (1, 1) AND entry_epoch = 1",
        "rollups_pkey":
            "SELECT sum(cost) FROM rollups WHERE workspace = 1 AND bucket >= now() AND bucket < now() + interval '1 day'",
        "rollup_quantities_pkey":
            "SELECT sum(amount) FROM rollup_quantities WHERE workspace = 1 AND bucket >= now() AND quantity = 'images'",
        "closed_periods_pkey": "SELECT ends FROM closed_periods WHERE workspace = 1 AND kind = 1 AND starts = now()",
        "period_sums_pkey":
            "SELECT events FROM period_sums WHERE workspace = 1 AND kind = 1 AND grain = 2 AND starts = now()",
        "period_tag_sums_pkey":
            "SELECT events FROM period_tag_sums WHERE workspace = 1 AND kind = 1 AND grain = 1 AND starts = now() AND key = 'x'",
        "dropped_rows_pkey": "SELECT rows FROM dropped_rows WHERE workspace = 1 AND starts < now()",
        "series_pkey": "SELECT model FROM series WHERE id = 1",
        "series_workspace_digest_key": "SELECT id FROM series WHERE workspace = 1 AND digest = '\\x00'",
        "ledger_workspaces_pkey": "SELECT name FROM ledger_workspaces WHERE number = 1",
        "ledger_workspaces_name_key": "SELECT number FROM ledger_workspaces WHERE name = 'acme'",
        "partitions_pkey": "SELECT epoch FROM partitions WHERE partition = 1",
        "writer_positions_pkey": "SELECT entry_ms FROM writer_positions WHERE partition = 1",
        "outbox_pkey": "SELECT amount FROM outbox WHERE partition = 1 AND number > 1 ORDER BY number LIMIT 500",
        "outbox_by_entry": "SELECT amount FROM outbox WHERE partition = 1 AND entry_ms IS NOT NULL AND entry_ms >= 1",
        "late_duplicates_pkey":
            "SELECT id FROM late_duplicates WHERE workspace = 1 AND partition = 1 AND entry_epoch = 1 AND entry_ms = 1",
        "late_duplicates_by_time":
            "SELECT id FROM late_duplicates WHERE workspace = 1 ORDER BY created_at DESC LIMIT 10",
        "ledger_jobs_pkey": "SELECT state FROM ledger_jobs WHERE id = 1",
        "ledger_jobs_by_key": "SELECT id FROM ledger_jobs WHERE coalesce(workspace, '') = 'acme' AND key = 'k'",
        "ledger_jobs_open": "SELECT id FROM ledger_jobs WHERE state IN (1, 2) ORDER BY id LIMIT 1",
        "ledger_jobs_reverses_key": "SELECT id FROM ledger_jobs WHERE reverses = 1",
        "unpriced_quantities_pkey": "DELETE FROM unpriced_quantities WHERE event_row = ANY('{1,2}'::bigint[])",
        "unpriced_quantities_by_model":
            "SELECT quantity FROM unpriced_quantities WHERE provider = 'p' AND model = 'm' ORDER BY provider, model, quantity LIMIT 10",
        "unpriced_quantities_by_time":
            "SELECT event_row FROM unpriced_quantities WHERE workspace = 1 AND occurred_at >= now() ORDER BY occurred_at, event_row LIMIT 10",
        "scheduled_jobs_pkey":
            "SELECT progress FROM scheduled_jobs WHERE name = 'x' ORDER BY scheduled_for DESC LIMIT 1",
    ]

    private static let partitionNames = [
        "usage_events_by_time": "usage_events_other_workspace_occurred_at_id_idx",
        "usage_events_adjustments": "usage_events_other_adjusts_revision_workspace_occurred_at_idx",
        "usage_events_by_job": "usage_events_other_job_workspace_occurred_at_id_idx",
    ]

    @Test func `serves a query that is named here, and no other exists`() async throws {
        try await withPostgresStore { _, pool in
            let found = try await pool.query(
                """
                SELECT c.relname FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
                JOIN pg_namespace AS n ON n.oid = c.relnamespace
                WHERE n.nspname = 'public' AND NOT c.relispartition AND c.relname <> 'oliver_migrations_pkey'
                """
            )
            let names = Set(try found.map { try $0.value(at: 0, as: String.self) })
            #expect(try await names.subtracting(Self.ofDirectory()) == Set(Self.reasons.keys))
            for (name, query) in Self.reasons {
                let text = try await pool.withTransaction { connection in
                    // Empty tables: what matters is whether the index can serve.
                    try await connection.execute(script: "SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
                    let plan = try await connection.query(SQL(assembled: "EXPLAIN (COSTS OFF) \(query)"))
                    return try plan.map { try $0.value(at: 0, as: String.self) }.joined(separator: "\n")
                }
                // Those of a partitioned table are shown under the names that its partitions have for them.
                let shown = Self.partitionNames[name] ?? name
                #expect(text.contains(shown), "\(name) does not serve its query:\n\(text)")
            }
        }
    }

    @Test func `that is unique has the workspace in it, but for what belongs to no workspace`() async throws {
        try await withPostgresStore { _, pool in
            let found = try await pool.query(
                """
                SELECT c.relname FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
                JOIN pg_namespace AS n ON n.oid = c.relnamespace
                WHERE n.nspname = 'public' AND i.indisunique AND NOT c.relispartition AND NOT EXISTS (
                    SELECT FROM pg_attribute AS a
                    WHERE a.attrelid = i.indexrelid AND a.attname IN ('workspace', 'workspace_id'))
                """
            )
            // Of the whole installation, or small enough to be everywhere.
            let exempt: Set = [
                "oliver_migrations_pkey", "ledger_workspaces_pkey", "ledger_workspaces_name_key", "series_pkey",
                "partitions_pkey", "writer_positions_pkey", "outbox_pkey", "ledger_jobs_pkey", "ledger_jobs_by_key",
                "ledger_jobs_reverses_key", "scheduled_jobs_pkey",
            ]
            let names = Set(try found.map { try $0.value(at: 0, as: String.self) })
            #expect(try await names.subtracting(Self.ofDirectory()).union(["oliver_migrations_pkey"]) == exempt)
        }
    }

    /// The indexes of a database that has the directory alone: those are its own matter.
    private static func ofDirectory() async throws -> Set<String> {
        try await withPostgres { url in
            let configuration = try PostgresConfiguration(url: url)
            try await PostgresMigrator(Directory.migrations, configuration: configuration, logger: .quiet).apply()
            let pool = PostgresPool(configuration, logger: .quiet)
            defer { pool.close() }
            let found = try await pool.query("SELECT indexname FROM pg_indexes WHERE schemaname = 'public'")
            return Set(try found.map { try $0.value(at: 0, as: String.self) })
        }
    }
}
