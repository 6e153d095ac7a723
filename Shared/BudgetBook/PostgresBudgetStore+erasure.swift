package import Domain
package import Postgres

extension PostgresBudgetStore {
    /// Puts a pseudonym in a user's place and ends the budgets of theirs, in the caller's transaction.
    ///
    /// Their mail address is taken from the recipients of the workspace's budgets.
    ///
    /// - Parameters:
    ///   - scopes: What is theirs, the user's scope and tags, and what takes its place.
    ///   - workspace: Whose budgets.
    ///   - email: The address, if it is known.
    ///   - author: Who erases.
    ///   - time: When.
    ///   - connection: The transaction's connection.
    /// - Returns: How many budgets were theirs.
    /// - Throws: `PostgresError`.
    package static func erase(
        _ scopes: [(old: Scope, new: Scope)],
        of workspace: String,
        email: String?,
        by author: Author,
        at time: Timestamp,
        on connection: PostgresConnection
    ) async throws -> Int {
        guard let row = try await connection.query(lockBook).first else { return 0 }
        let version: Int64 = try row.value("version") + 1
        var count = 0
        for (old, new) in scopes {
            let found = try await connection.query(
                budgetsOfScope,
                [.text(workspace), .text(old.type.rawValue), .text(old.id)]
            )
            for row in found {
                let budget = try Budget(row: row)
                _ = try await connection.query(
                    renameScope,
                    [.text(budget.id), .text(new.id), .timestamp(time), .int(version)]
                )
                count += 1
                guard budget.archivedAt == nil else { continue }
                let ended = budget.archived(version: version, at: time)
                let change = BudgetLimitChange(.archived, of: ended, at: time, by: author.signature)
                _ = try await connection.query(insertLimitChange, change.values)
            }
        }
        if let email {
            _ = try await connection.query(
                removeRecipient,
                [.text(workspace), .text(email), .int(version), .timestamp(time)]
            )
        }
        _ = try await connection.query(writeVersion, [.int(version)])
        return count
    }
}

/// A tag that is a mail address is the same one in capitals.
private let budgetsOfScope: SQL = """
    SELECT * FROM budgets
    WHERE workspace = $1 AND scope_type = $2
        AND (scope_id = $3 OR ($2 = 'tag' AND strpos($3, '@') > 0 AND lower(scope_id) = lower($3)))
    """

private let renameScope: SQL = """
    UPDATE budgets
    SET scope_id = $2, archived_at = coalesce(archived_at, $3::timestamptz), updated_at = $3::timestamptz, version = $4
    WHERE id = $1
    """

private let removeRecipient: SQL = """
    UPDATE budgets
    SET recipients = (SELECT coalesce(array_agg(r), '{}') FROM unnest(recipients) AS r WHERE lower(r) <> lower($2)),
        version = $3, updated_at = $4::timestamptz
    WHERE workspace = $1 AND EXISTS (SELECT 1 FROM unnest(recipients) AS r WHERE lower(r) = lower($2))
    """
