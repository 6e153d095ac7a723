internal import Domain
package import Postgres

/// A user who is to be erased from the ledger, and what takes their place.
package struct LedgerErasure: Sendable, Hashable {
    package var workspace: String
    package var user: String
    package var email: String?
    package var pseudonym: String

    package init(workspace: String, user: String, email: String?, pseudonym: String) {
        self.workspace = workspace
        self.user = user
        self.email = email
        self.pseudonym = pseudonym
    }

    /// Tags that name the user of a call.
    ///
    /// Others may hold the same text and mean something else.
    package static let tagKeys = ["user", "user_id", "user_email", "username", "email", "end_user"]

    /// What stands in tags, and what will.
    var texts: (old: [String], new: [String]) {
        guard let email, email != user else { return ([user], [pseudonym]) }
        return ([user, email], [pseudonym, "\(pseudonym)@erased.invalid"])
    }
}

/// Erasing users: no amount changes, so all sums stay as they are.
extension PostgresLedgerStore {
    /// Puts the pseudonym into the tags of the workspace's events, and of sums of events whether these are there or were
    /// dropped, a month at a time; running it again does the rest.
    ///
    /// Writers of the workspace wait for the month that is at work.
    ///
    /// - Returns: How many events had such a tag.
    /// - Throws: `LedgerError`.
    package func eraseTags(of erasure: LedgerErasure) async throws -> Int {
        try await mapErrors {
            let months = try await pool.query(Self.monthsOfWorkspace, [.text(erasure.workspace)])
            var changed = 0
            for month in months {
                let place: [PostgresValue] = [
                    .int(try month.value("number", as: Int64.self)), .timestamp(try month.value("starts")),
                    .timestamp(try month.value("ends")),
                ]
                let tags: [PostgresValue] = [
                    .textArray(LedgerErasure.tagKeys), .textArray(erasure.texts.old), .textArray(erasure.texts.new),
                ]
                changed += try await pool.withTransaction(attempts: configuration.attempts) { connection in
                    try await Self.lockOut(writersOf: erasure.workspace, on: connection)
                    let events = try await connection.query(Self.rewriteTags, place + tags).affectedRowCount
                    _ = try await connection.query(Self.renameTagSums, place + tags)
                    return events
                }
            }
            return changed
        }
    }

    /// Puts the pseudonym into the series of a user, in the caller's transaction, which it keeps writers waiting for.
    ///
    /// - Returns: How many series were the user's.
    /// - Throws: `PostgresError`.
    package static func erase(_ erasure: LedgerErasure, on connection: PostgresConnection) async throws -> Int {
        try await lockOut(writersOf: erasure.workspace, on: connection)
        let who: [PostgresValue] = [.text(erasure.workspace), .text(erasure.user), .text(erasure.pseudonym)]
        let series = try await connection.query(renameSeries, who).affectedRowCount
        _ = try await connection.query(rewriteOutbox, [.text(erasure.workspace)] + erasure.tagValues)
        _ = try await connection.query(
            "UPDATE ledger_workspaces SET erasures = erasures + 1 WHERE name = $1",
            [.text(erasure.workspace)]
        )
        return series
    }

    private static func lockOut(writersOf workspace: String, on connection: PostgresConnection) async throws {
        _ = try await connection.query(
            "SELECT pg_advisory_xact_lock($1::integer, number) FROM ledger_workspaces WHERE name = $2",
            [.int(lockClass), .text(workspace)]
        )
    }

    /// Months of rows, and of the sums that outlive them.
    private static let monthsOfWorkspace: SQL = """
        SELECT w.number, g.starts, g.starts + interval '1 month' AS ends
        FROM ledger_workspaces AS w
        CROSS JOIN LATERAL (
            SELECT min(e.occurred_at) AS first, max(e.occurred_at) AS last
            FROM usage_events AS e WHERE e.workspace = w.number
        ) AS e
        CROSS JOIN LATERAL (
            SELECT min(p.starts) AS first, max(p.starts) AS last
            FROM period_tag_sums AS p WHERE p.workspace = w.number AND p.kind = 1 AND p.grain = 1
        ) AS p
        CROSS JOIN LATERAL (
            SELECT min(p.starts) AS first, max(p.starts) AS last
            FROM period_tag_sums AS p WHERE p.workspace = w.number AND p.kind = 3 AND p.grain = 1
        ) AS d
        CROSS JOIN LATERAL generate_series(
            date_trunc('month', least(e.first, p.first, d.first), 'UTC'), greatest(e.last, p.last, d.last),
            interval '1 month'
        ) AS g (starts)
        WHERE w.name = $1
        ORDER BY g.starts
        """

    /// Which of the texts in `$5` a value is, if any: a mail address is the same one in capitals.
    private static func place(of value: String) -> String {
        """
        (SELECT min(o.place) FROM unnest($5::text[]) WITH ORDINALITY AS o (text, place)
            WHERE o.text = \(value) OR (strpos(o.text, '@') > 0
                AND lower(o.text COLLATE "default") = lower(\(value) COLLATE "default")))
        """
    }

    /// The tags of a row with other texts, where a key that names users has one of the texts.
    private static let newTags = """
        (SELECT jsonb_object_agg(t.key, CASE WHEN t.key = ANY ($4::text[])
            THEN coalesce(to_jsonb(($6::text[])[\(place(of: "t.value #>> '{}'"))]), t.value) ELSE t.value END)
        FROM jsonb_each(tags) AS t)
        """

    private static let hasTag = """
        tags IS NOT NULL AND EXISTS (
            SELECT FROM jsonb_each_text(tags) AS t
            WHERE t.key = ANY ($4::text[]) AND \(place(of: "t.value")) IS NOT NULL
        )
        """

    private static let rewriteTags = SQL(
        assembled: """
            UPDATE usage_events SET tags = \(newTags)
            WHERE workspace = $1::integer AND occurred_at >= $2::timestamptz AND occurred_at < $3::timestamptz
                AND \(hasTag)
            """
    )

    private static let rewriteOutbox = SQL(
        assembled: """
            UPDATE outbox SET tags = \(newTags.renumbered) WHERE workspace = $1 AND \(hasTag.renumbered)
            """
    )

    private static let figures = [
        "events", "unpriced_events", "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens",
        "reasoning_tokens", "micro_dollars", "pico_rest",
    ]

    /// Kept sums are renamed as they are: nobody could make those of dropped rows again.
    ///
    /// Values that become the same are added up. A day that began in the month before has rows of this one.
    private static let renameTagSums = SQL(
        assembled: """
            WITH old AS (
                DELETE FROM period_tag_sums
                WHERE workspace = $1::integer AND kind IN (1, 3) AND starts < $3::timestamptz
                    AND starts > $2::timestamptz - interval '3 days' AND key = ANY ($4::text[])
                    AND \(place(of: "value")) IS NOT NULL
                RETURNING *
            )
            INSERT INTO period_tag_sums AS p (workspace, kind, grain, starts, key, value, series_id,
                \(figures.joined(separator: ", ")))
            SELECT workspace, kind, grain, starts, key, ($6::text[])[\(place(of: "value"))] AS pseudonym, series_id,
                \(figures.map { "sum(\($0))" }.joined(separator: ", "))
            FROM old GROUP BY workspace, kind, grain, starts, key, pseudonym, series_id
            ON CONFLICT (workspace, kind, grain, starts, key, value, series_id) DO UPDATE
            SET \(figures.map { "\($0) = p.\($0) + excluded.\($0)" }.joined(separator: ", "))
            """
    )

    private static let renameSeries: SQL = """
        UPDATE series AS s SET user_id = $3, digest = sha256(convert_to(jsonb_build_array(
            s.team, s.project, $3::text, s.source_app, s.provider, s.model, s.operation, s.service_tier)::text, 'UTF8'))
        FROM ledger_workspaces AS w WHERE w.name = $1 AND s.workspace = w.number AND s.user_id = $2
        """
}

extension LedgerErasure {
    fileprivate var tagValues: [PostgresValue] {
        [.textArray(Self.tagKeys), .textArray(texts.old), .textArray(texts.new)]
    }
}

extension String {
    /// The same SQL with the parameters of a statement that has no range: `$4` to `$6` are `$2` to `$4`.
    fileprivate var renumbered: String {
        replacing("$4", with: "$2").replacing("$5", with: "$3").replacing("$6", with: "$4")
    }
}
