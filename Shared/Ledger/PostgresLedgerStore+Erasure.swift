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
    /// Puts the pseudonym into the tags of the workspace's events, a month at a time; running it again does the rest.
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
                    // Kept sums by tag have the old text: they are made again from the events.
                    _ = try await connection.query(Self.openTaggedPeriods, place + tags.prefix(2))
                    _ = try await connection.query(Self.forgetTagSums, place + tags.prefix(2))
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

    private static let monthsOfWorkspace: SQL = """
        SELECT w.number, g.starts, g.starts + interval '1 month' AS ends
        FROM ledger_workspaces AS w
        CROSS JOIN LATERAL (
            SELECT min(e.occurred_at) AS first, max(e.occurred_at) AS last
            FROM usage_events AS e WHERE e.workspace = w.number
        ) AS r
        CROSS JOIN LATERAL generate_series(
            date_trunc('month', r.first, 'UTC'), r.last, interval '1 month'
        ) AS g (starts)
        WHERE w.name = $1 AND r.first IS NOT NULL
        ORDER BY g.starts
        """

    /// The tags of a row with other texts, where a key that names users has one of the texts.
    private static let newTags = """
        (SELECT jsonb_object_agg(t.key, CASE WHEN t.key = ANY ($4::text[]) AND t.value #>> '{}' = ANY ($5::text[])
            THEN to_jsonb(($6::text[])[array_position($5::text[], t.value #>> '{}')]) ELSE t.value END)
        FROM jsonb_each(tags) AS t)
        """

    private static let hasTag = """
        tags IS NOT NULL AND EXISTS (
            SELECT FROM jsonb_each_text(tags) AS t WHERE t.key = ANY ($4::text[]) AND t.value = ANY ($5::text[])
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

    private static let openTaggedPeriods: SQL = """
        DELETE FROM closed_periods AS c
        WHERE c.workspace = $1::integer AND c.starts < $3::timestamptz AND c.ends > $2::timestamptz
            AND EXISTS (
                SELECT FROM period_tag_sums AS s
                WHERE s.workspace = c.workspace AND s.kind = 1 AND s.starts >= c.starts AND s.starts < c.ends
                    AND s.key = ANY ($4::text[]) AND s.value = ANY ($5::text[])
            )
        """

    private static let forgetTagSums: SQL = """
        DELETE FROM period_tag_sums
        WHERE workspace = $1::integer AND starts < $3::timestamptz AND starts > $2::timestamptz - interval '33 days'
            AND key = ANY ($4::text[]) AND value = ANY ($5::text[])
        """

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
