package import Access
package import Domain
package import Postgres

/// Accounts in PostgreSQL.
package struct PostgresAccountStore: AccountStore {
    private let pool: PostgresPool

    /// Makes a store over a pool whose database has ``Directory/migrations``.
    package init(pool: PostgresPool) {
        self.pool = pool
    }

    package func create(_ person: Person, grants: [Grant], audit entries: [AuditEntry]) async throws {
        if let flaw = person.flaw { throw DirectoryError(.invalid, flaw) }
        try await translating {
            try await pool.withTransaction { connection in
                _ = try await connection.query(insertPerson, person.values)
                try await Self.insert(grants, of: person.id, connection)
                try await Directory.audit(entries, at: person.createdAt, in: connection)
            }
        }
    }

    package func person(id: String) async throws -> Person? {
        try await first(personByID, [.text(id)])
    }

    package func person(email: String) async throws -> Person? {
        try await first(personByEmail, [.text(email)])
    }

    package func person(_ identity: Person.Identity) async throws -> Person? {
        try await first(personByIdentity, [.text(identity.provider), .text(identity.subject)])
    }

    package func people(
        matching text: String?,
        reaching workspaces: [String]?,
        after id: String?,
        limit: Int
    ) async throws -> [Person] {
        try await translating {
            let places = workspaces.map { PostgresValue.textArray($0) } ?? .null
            return try await pool.query(pageOfPeople, [.text(text?.lowercased()), .text(id), .int(limit), places])
                .map { try Person(row: $0) }
        }
    }

    package func update(_ person: Person, audit entry: AuditEntry, at time: Timestamp) async throws -> Person {
        if let flaw = person.flaw { throw DirectoryError(.invalid, flaw) }
        return try await translating {
            try await pool.withTransaction { connection in
                let owners = person.disabledAt == nil ? [] : try await Self.owners(connection)
                let rows = try await connection.query(updatePerson, person.changeableValues + [.int(person.version)])
                guard let row = rows.first else {
                    let known = try await connection.query(personByID, [.text(person.id)])
                    throw known.first == nil ? DirectoryError.noPerson(person.id) : .changedPerson
                }
                if person.disabledAt != nil {
                    guard owners != [person.id] else { throw DirectoryError.lastOwner }
                    _ = try await connection.query(removeSessions, [.text(person.id)])
                }
                try await Directory.audit([entry], at: time, in: connection)
                return try Person(row: row)
            }
        }
    }

    package func grants(of person: String) async throws -> [Grant] {
        try await translating {
            try await pool.query(grantsOfPerson, [.text(person)]).map { row in
                guard let role = Role(rawValue: try row.value("role")) else { throw Self.unknownRole }
                return Grant(role: role, workspace: try row.optional("workspace"), team: try row.optional("team"))
            }
        }
    }

    package func setGrants(
        _ grants: [Grant],
        of person: String,
        expecting version: Int64?,
        audit entries: [AuditEntry],
        at time: Timestamp
    ) async throws {
        try await translating {
            try await pool.withTransaction { connection in
                let hadOwner = try await !Self.owners(connection).isEmpty
                let raised = try await connection.query(raisePersonVersion, [.text(person), .int(version)])
                guard raised.affectedRowCount == 1 else {
                    let known = try await connection.query(personByID, [.text(person)])
                    throw known.first == nil ? DirectoryError.noPerson(person) : .changedPerson
                }
                _ = try await connection.query(removeGrants, [.text(person)])
                try await Self.insert(grants, of: person, connection)
                if hadOwner, try await Self.owners(connection).isEmpty { throw DirectoryError.lastOwner }
                try await Directory.audit(entries, at: time, in: connection)
            }
        }
    }

    package func owners() async throws -> [String] {
        try await translating {
            try await pool.withTransaction { connection in try await Self.owners(connection) }
        }
    }

    private static let unknownRole = DirectoryError(.unavailable, "a stored role is none of this version's")

    private static func owners(_ connection: PostgresConnection) async throws -> [String] {
        try await connection.query(lockOwners).map { try $0.value("id") }
    }

    private static func insert(_ grants: [Grant], of person: String, _ connection: PostgresConnection) async throws {
        guard !grants.isEmpty else { return }
        _ = try await connection.query(
            insertGrants,
            [
                .text(person), .textArray(grants.map(\.role.rawValue)), .textArray(grants.map(\.workspace)),
                .textArray(grants.map(\.team)),
            ]
        )
    }

    private func first(_ sql: SQL, _ values: [PostgresValue]) async throws -> Person? {
        try await translating { try await pool.query(sql, values).first.map { try Person(row: $0) } }
    }

    private func translating<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as PostgresError {
            if error.isUniqueViolation { throw DirectoryError.takenPerson }
            if error.sqlState == "23503" { throw DirectoryError(.notFound, "there is no such workspace or person") }
            throw DirectoryError(.unavailable, "the directory's store failed", underlying: error)
        }
    }
}

// MARK: - Sessions, links and sign-ins under way

extension PostgresAccountStore {
    package func session(_ hash: KeyHash) async throws -> SignedIn? {
        try await translating { () async throws -> SignedIn? in
            guard let row = try await pool.query(sessionByHash, [.bytes(hash.bytes)]).first else { return nil }
            let roles: [String] = try row.value("roles")
            let workspaces: [String] = try row.value("workspaces")
            let teams: [String] = try row.value("teams")
            // A role this version does not know is left out: it cannot be checked, so it allows nothing.
            let grants = zip(roles, zip(workspaces, teams)).compactMap { role, place in
                Role(rawValue: role).map { role in
                    Grant(
                        role: role,
                        workspace: place.0.isEmpty ? nil : place.0,
                        team: place.1.isEmpty ? nil : place.1
                    )
                }
            }
            return SignedIn(
                personID: try row.value("id"),
                name: try row.value("name"),
                email: try row.optional("email"),
                grants: grants,
                isSecure: try row.value("secure"),
                seenAt: try row.value("seen_at"),
                expiresAt: try row.value("expires_at")
            )
        }
    }

    package func touch(_ hash: KeyHash, at time: Timestamp) async throws {
        try await run(touchSession, [.bytes(hash.bytes), .timestamp(time)])
    }

    package func open(_ session: NewSession, replacing old: KeyHash?, audit entry: AuditEntry) async throws {
        try await translating {
            try await pool.withTransaction { connection in
                if let old { _ = try await connection.query(removeSession, [.bytes(old.bytes)]) }
                _ = try await connection.query(
                    insertSession,
                    [
                        .bytes(session.hash.bytes), .text(session.personID), .text(session.method),
                        .bool(session.isSecure), .timestamp(session.createdAt), .timestamp(session.expiresAt),
                    ]
                )
                _ = try await connection.query(noteSignIn, [.text(session.personID), .timestamp(session.createdAt)])
                try await Directory.audit([entry], at: session.createdAt, in: connection)
            }
        }
    }

    package func close(_ hash: KeyHash, audit entry: AuditEntry, at time: Timestamp) async throws {
        try await run(removeSession, [.bytes(hash.bytes)], audit: entry, at: time)
    }

    package func closeSessions(of person: String, audit entry: AuditEntry, at time: Timestamp) async throws {
        try await run(removeSessions, [.text(person)], audit: entry, at: time)
    }

    package func note(_ entry: AuditEntry, at time: Timestamp) async throws {
        try await translating {
            try await pool.withTransaction { try await Directory.audit([entry], at: time, in: $0) }
        }
    }

    package func keepLink(
        _ hash: KeyHash,
        of person: String,
        until time: Timestamp,
        audit entry: AuditEntry,
        at now: Timestamp
    ) async throws {
        try await run(replaceLink, [.bytes(hash.bytes), .text(person), .timestamp(time)], audit: entry, at: now)
    }

    package func takeLink(_ hash: KeyHash, at time: Timestamp) async throws -> String? {
        try await translating {
            guard let row = try await pool.query(takeLinkRow, [.bytes(hash.bytes)]).first,
                try row.value("expires_at", as: Timestamp.self) > time
            else { return nil }
            return try row.value("person")
        }
    }

    package func keep(_ state: SignInState, _ hash: KeyHash) async throws {
        try await run(
            insertState,
            [
                .bytes(hash.bytes), .text(state.provider), .text(state.nonce), .text(state.verifier),
                .text(state.returnPath), .timestamp(state.expiresAt),
            ]
        )
    }

    package func takeState(_ hash: KeyHash, at time: Timestamp) async throws -> SignInState? {
        try await translating {
            guard let row = try await pool.query(takeStateRow, [.bytes(hash.bytes)]).first else { return nil }
            let state = SignInState(
                provider: try row.value("provider"),
                nonce: try row.value("nonce"),
                verifier: try row.value("verifier"),
                returnPath: try row.value("return_path"),
                expiresAt: try row.value("expires_at")
            )
            return state.expiresAt > time ? state : nil
        }
    }

    package func sweep(at time: Timestamp) async throws {
        for statement in sweepAccounts { try await run(statement, [.timestamp(time)]) }
    }

    private func run(_ sql: SQL, _ values: [PostgresValue]) async throws {
        _ = try await translating { try await pool.query(sql, values) }
    }

    /// A change and what the audit log says of it, in one transaction.
    private func run(_ sql: SQL, _ values: [PostgresValue], audit entry: AuditEntry, at time: Timestamp) async throws {
        try await translating {
            try await pool.withTransaction { connection in
                _ = try await connection.query(sql, values)
                try await Directory.audit([entry], at: time, in: connection)
            }
        }
    }
}

extension Person {
    fileprivate init(row: PostgresRow) throws {
        let provider: String? = try row.optional("provider")
        let subject: String? = try row.optional("subject")
        self.init(
            id: try row.value("id"),
            email: try row.optional("email"),
            name: try row.value("name"),
            identity: provider.flatMap { name in subject.map { Identity(provider: name, subject: $0) } },
            passwordHash: try row.optional("password_hash"),
            disabledAt: try row.optional("disabled_at"),
            createdAt: try row.value("created_at"),
            createdBy: try row.value("created_by"),
            lastSignInAt: try row.optional("last_sign_in_at"),
            version: try row.value("version")
        )
    }

    /// What an edit writes, after the id.
    fileprivate var changeableValues: [PostgresValue] {
        [
            .text(id), .text(email), .text(name), .text(identity?.provider), .text(identity?.subject),
            .text(passwordHash), .timestamp(disabledAt),
        ]
    }

    fileprivate var values: [PostgresValue] {
        changeableValues + [.timestamp(createdAt), .text(createdBy), .timestamp(lastSignInAt), .int(version)]
    }
}
