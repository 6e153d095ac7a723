internal import Access
internal import BudgetBook
internal import Directory
package import Domain
package import Ledger
package import Postgres
internal import ServiceRuntime

/// What erasing a user did.
package struct ErasedUser: Sendable, Hashable {
    package var workspace: String
    /// What stands in the user's place from now on.
    package var pseudonym: String
    /// Series of the ledger that were the user's.
    package var series: Int
    /// Events that named the user in a tag.
    package var taggedEvents: Int
    /// Budgets of the user's, which have ended.
    package var budgets: Int
}

/// Puts a pseudonym in the place of a user's id, name and mail address, wherever Oliver keeps them.
///
/// No amount changes: sums, ledger rows and the chain of the audit log stay good. First the tags of events are rewritten, a
/// month at a time; then all else in one transaction, which makes the user vanish. Whatever stops it in between, asking
/// again does the rest under the same pseudonym. Events that name the id later make a new user.
package struct UserEraser: Sendable {
    private let pool: PostgresPool
    private let ledger: PostgresLedgerStore

    package init(pool: PostgresPool, ledger: PostgresLedgerStore) {
        self.pool = pool
        self.ledger = ledger
    }

    /// Erases a user.
    ///
    /// - Throws: `DirectoryError`: not found, a conflict when the user is erased already.
    package func erase(_ id: String, of workspace: String, by author: Author, at time: Timestamp) async throws
        -> ErasedUser
    {
        let user = try await begin(id, of: workspace)
        do {
            let taggedEvents = try await ledger.eraseTags(of: user)
            return try await translating {
                try await pool.withTransaction(attempts: 5) { connection in
                    try await finish(user, taggedEvents, by: author, at: time, on: connection)
                }
            }
        } catch let error as LedgerError {
            throw DirectoryError(.unavailable, "the ledger could not be changed", underlying: error)
        }
    }

    /// Chooses the pseudonym, or finds the one that an erasure that was stopped has chosen.
    private func begin(_ id: String, of workspace: String) async throws -> LedgerErasure {
        guard !id.hasPrefix(Self.prefix) else { throw DirectoryError(.conflict, "the user is erased already") }
        return try await translating {
            let rows = try await pool.query(
                choosePseudonym,
                [.text(workspace), .text(id), .text(RawKey.makeID(prefix: Self.prefix))]
            )
            guard let row = rows.first else { throw DirectoryError(.notFound, "there is no user \"\(id)\"") }
            return LedgerErasure(
                workspace: workspace,
                user: id,
                email: try row.optional("email"),
                pseudonym: try row.value("pseudonym")
            )
        }
    }

    private static let prefix = "erased-"

    private func finish(
        _ user: LedgerErasure,
        _ taggedEvents: Int,
        by author: Author,
        at time: Timestamp,
        on connection: PostgresConnection
    ) async throws -> ErasedUser {
        let series = try await PostgresLedgerStore.erase(user, on: connection)
        // Replicas that know the user's mirror forget it, so that later events of the id make a new one.
        _ = try await connection.query("UPDATE directory_version SET version = version + 1")
        let budgets = try await PostgresBudgetStore.erase(
            user.scopes,
            of: user.workspace,
            email: user.email,
            by: author,
            at: time,
            on: connection
        )
        let who: [PostgresValue] = [.text(user.workspace), .text(user.user), .text(user.pseudonym)]
        let erased = try await connection.query(eraseUser, who + [.timestamp(time)])
        guard erased.affectedRowCount == 1 else { throw DirectoryError(.conflict, "the user was erased meanwhile") }
        _ = try await connection.query(eraseMemberships, Array(who.prefix(2)))
        try await eraseAlerts(of: user, on: connection)
        let values = try await eraseAudit(of: user, on: connection)
        let result = ErasedUser(
            workspace: user.workspace,
            pseudonym: user.pseudonym,
            series: series,
            taggedEvents: taggedEvents,
            budgets: budgets
        )
        var entries = [result.entry(of: user.workspace, by: author, values: values.own)]
        if values.installation > 0 {
            entries.append(result.entry(of: nil, by: author, values: values.installation))
        }
        try await Directory.audit(entries, at: time, in: connection)
        return result
    }

    /// What the workspace's log knows of the user, and the installation's of the address: sign-ins that were refused.
    ///
    /// - Returns: How many values were erased in each.
    private func eraseAudit(of user: LedgerErasure, on connection: PostgresConnection) async throws
        -> (own: Int, installation: Int)
    {
        let erase = { (subject: AuditSubject, workspace: String?) in
            try await Directory.eraseFromAudit(
                subject,
                in: workspace,
                id: user.user,
                pseudonym: user.pseudonym,
                in: connection
            )
        }
        let own = try await erase(.user(user.user, in: user.workspace), user.workspace)
        guard let email = user.email else { return (own, 0) }
        return (try await own + erase(.mail(email), user.workspace), try await erase(.mail(email), nil))
    }

    /// What alerts kept of the user; its tables are there once alerts has run on this database.
    private func eraseAlerts(of user: LedgerErasure, on connection: PostgresConnection) async throws {
        let found = try await connection.query("SELECT to_regclass('alert_targets') IS NOT NULL AS found")
        guard try found.first?.value("found") ?? false else { return }
        for (old, new) in user.scopes {
            _ = try await connection.query(
                """
                UPDATE alerts SET scope_value = $4
                WHERE workspace = $1 AND scope_type = $2
                    AND (scope_value = $3 OR ($2 = 'tag' AND strpos($3, '@') > 0 AND lower(scope_value) = lower($3)))
                """,
                [.text(user.workspace), .text(old.type.rawValue), .text(old.id), .text(new.id)]
            )
        }
        guard let email = user.email else { return }
        _ = try await connection.query(
            eraseTarget,
            [.text(email), .text("\(user.pseudonym)@erased.invalid")]
        )
    }

    private func translating<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as PostgresError {
            throw DirectoryError(.unavailable, "the user could not be erased", underlying: error)
        }
    }
}

extension LedgerErasure {
    /// The scopes that budgets count the user's spend by.
    fileprivate var scopes: [(old: Scope, new: Scope)] {
        var scopes = [(Scope(type: .user, id: user), Scope(type: .user, id: pseudonym))]
        let values = [(user, pseudonym)] + (email.map { [($0, "\(pseudonym)@erased.invalid")] } ?? [])
        for key in LedgerErasure.tagKeys {
            for (old, new) in values {
                scopes.append((Scope(type: .tag, id: "\(key)=\(old)"), Scope(type: .tag, id: "\(key)=\(new)")))
            }
        }
        return scopes
    }
}

extension ErasedUser {
    /// What an audit log says of it: nothing of who it was.
    fileprivate func entry(of chain: String?, by author: Author, values: Int) -> AuditEntry {
        .erasure(of: pseudonym, in: chain, by: author, values: values, members)
    }

    /// The erasure as the API shows it.
    var document: JSONValue { .object(members) }

    private var members: [JSONValue.Member] {
        [
            .init("workspace", .string(workspace)), .init("pseudonym", .string(pseudonym)),
            .init("series", .int(Int64(series))), .init("tagged_events", .int(Int64(taggedEvents))),
            .init("budgets", .int(Int64(budgets))),
        ]
    }
}

private let choosePseudonym: SQL = """
    UPDATE users SET pseudonym = coalesce(pseudonym, $3) WHERE workspace = $1 AND id = $2 RETURNING pseudonym, email
    """

private let eraseUser: SQL = """
    UPDATE users
    SET id = $3, name = NULL, email = NULL, person_id = NULL, pseudonym = NULL, version = version + 1,
        archived_at = coalesce(archived_at, $4::timestamptz)
    WHERE workspace = $1 AND id = $2
    """

private let eraseMemberships: SQL = "DELETE FROM memberships WHERE workspace = $1 AND user_id = $2"

/// An address that others are still told at is theirs.
private let eraseTarget: SQL = """
    UPDATE alert_targets SET address = $2, due_at = NULL
    WHERE kind = 'email' AND lower(address) = lower($1)
        AND NOT EXISTS (
            SELECT 1 FROM budgets AS b, unnest(b.recipients) AS r WHERE b.archived_at IS NULL AND lower(r) = lower($1)
        )
        AND NOT EXISTS (
            SELECT 1 FROM alert_channels WHERE kind = 'email' AND lower(target) = lower($1) AND removed_at IS NULL
        )
    """
