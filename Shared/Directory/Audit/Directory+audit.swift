package import Domain
package import Postgres
import ServiceRuntime

extension Directory {
    /// Appends entries to the audit log, in the transaction of the change that they tell of.
    ///
    /// Each workspace has a chain of its own, and so has the installation. The chain's head is locked until the
    /// transaction ends, so call it last: whoever changes something in the same workspace waits for it.
    ///
    /// - Throws: `PostgresError`; the change must then not be kept either.
    package static func audit(
        _ entries: [AuditEntry],
        at time: Timestamp,
        in connection: PostgresConnection
    ) async throws {
        guard !entries.isEmpty else { return }
        let parted = entries.map { (entry: $0, parts: $0.parted()) }
        // In one order, so that two transactions with several workspaces never wait for each other.
        let groups = Dictionary(grouping: parted) { $0.entry.workspace ?? "" }.sorted { $0.key < $1.key }
        let subjects = Set(parted.flatMap { $0.parts.personal.map(\.subject) })
        let (salts, heads) = try await prepare(subjects, groups.map(\.key), on: connection)
        for ((workspace, some), first) in zip(groups, heads) {
            var head = first
            var queries: [PostgresQuery] = []
            for (entry, parts) in some {
                let commitments = try parts.personal.map { value in
                    guard let salt = salts[value.subject] else { throw auditFailure }
                    return PersonalValue.commitment(salt: salt, field: value.field, json: value.json)
                }
                let link = AuditLink(
                    workspace: workspace,
                    sequence: head.sequence + 1,
                    at: time,
                    actorKind: entry.author.kind.rawValue,
                    actorID: entry.author.id,
                    action: entry.action,
                    targetKind: entry.target.kind,
                    targetID: entry.target.subject == nil ? entry.target.id : nil,
                    before: parts.before?.jsonText,
                    after: parts.after?.jsonText,
                    requestID: entry.author.requestID,
                    fields: parts.personal.map(\.field),
                    commitments: commitments
                )
                let hash = link.hash(after: head.hash)
                queries += statements(for: link, parts.personal, hash: hash, previous: head.hash)
                head = (link.sequence, hash)
            }
            let position: [PostgresValue] = [.text(workspace), .int(head.sequence), .bytes(head.hash)]
            queries.append(PostgresQuery(moveHead, position))
            _ = try await connection.pipeline(queries)
        }
    }

    /// Erases what a workspace's audit log knows of a subject, in the caller's transaction: its chain stays good.
    ///
    /// - Parameters:
    ///   - subject: Whose data it is.
    ///   - workspace: Whose chain, nil for the installation's; what other workspaces know of a mail address is theirs.
    ///   - id: The subject's name, in whose place the pseudonym is put; other values become null.
    ///   - pseudonym: What is shown from now on.
    ///   - connection: The transaction's connection.
    /// - Returns: How many values: an ``AuditEntry/erasure(of:in:by:values:_:)`` has to account for them.
    /// - Throws: `PostgresError`.
    package static func eraseFromAudit(
        _ subject: AuditSubject,
        in workspace: String?,
        id: String,
        pseudonym: String,
        in connection: PostgresConnection
    ) async throws -> Int {
        // First the salt: whoever is about to write of the subject holds it, and is waited for.
        _ = try await connection.query(
            "SELECT 1 FROM audit_salts WHERE subject = $1 FOR UPDATE",
            [.text(subject.text)]
        )
        let erased = try await connection.query(
            erasePersonal,
            [
                .text(subject.text), .text(JSONValue.string(id).jsonText), .text(JSONValue.string(pseudonym).jsonText),
                .text(workspace ?? ""),
            ]
        )
        _ = try await connection.query(
            """
            DELETE FROM audit_salts WHERE subject = $1
                AND NOT EXISTS (SELECT 1 FROM audit_personal WHERE subject = $1)
            """,
            [.text(subject.text)]
        )
        return erased.affectedRowCount
    }

    private static let auditFailure = DirectoryError(.unavailable, "the audit log could not be written")

    private static func statements(
        for link: AuditLink,
        _ personal: [PersonalValue],
        hash: [UInt8],
        previous: [UInt8]
    ) -> [PostgresQuery] {
        let entry: [PostgresValue] = [
            .text(link.workspace), .int(link.sequence), .timestamp(link.at), .text(link.actorKind), .text(link.actorID),
            .text(link.action), .text(link.targetKind), .text(link.targetID), .text(link.before), .text(link.after),
            .text(link.requestID), .textArray(link.fields), .bytesArray(link.commitments), .bytes(previous),
            .bytes(hash),
        ]
        guard !personal.isEmpty else { return [PostgresQuery(insertEntry, entry)] }
        let values: [PostgresValue] = [
            .text(link.workspace), .int(link.sequence), .textArray(personal.map(\.field)),
            .textArray(personal.map(\.subject.text)), .textArray(personal.map(\.json)),
        ]
        return [PostgresQuery(insertEntry, entry), PostgresQuery(insertPersonal, values)]
    }

    private typealias Head = (sequence: Int64, hash: [UInt8])

    /// The salts of subjects, drawn for those that have none, and the locked heads of chains, in one exchange.
    ///
    /// Salts are locked too, so that nobody erases the subject before this transaction has written what the erasure must
    /// find.
    private static func prepare(
        _ subjects: Set<AuditSubject>,
        _ workspaces: [String],
        on connection: PostgresConnection
    ) async throws -> (salts: [AuditSubject: [UInt8]], heads: [Head]) {
        let sorted = subjects.sorted { $0.text < $1.text }
        let names = PostgresValue.textArray(sorted.map(\.text))
        let fresh = sorted.map { _ in (0..<32).map { _ in UInt8.random(in: .min ... .max) } as [UInt8]? }
        var queries = [PostgresQuery(insertSalts, [names, .bytesArray(fresh)]), PostgresQuery(selectSalts, [names])]
        for workspace in workspaces {
            queries.append(PostgresQuery(insertHead, [.text(workspace), .bytes(AuditLink.origin)]))
            queries.append(PostgresQuery(selectHead, [.text(workspace)]))
        }
        let results = try await connection.pipeline(queries)
        var found: [String: [UInt8]] = [:]
        for row in results[1] { found[try row.value("subject")] = try row.value("salt", as: [UInt8].self) }
        let salts = sorted.compactMap { subject in found[subject.text].map { (subject, $0) } }
        let heads = try workspaces.indices.map { index in
            guard let row = results[3 + 2 * index].first else { throw auditFailure }
            return (sequence: try row.value("sequence", as: Int64.self), hash: try row.value("hash", as: [UInt8].self))
        }
        return (Dictionary(uniqueKeysWithValues: salts), heads)
    }
}

private let insertSalts: SQL = """
    INSERT INTO audit_salts (subject, salt) SELECT * FROM unnest($1::text[], $2::bytea[]) ON CONFLICT DO NOTHING
    """

private let selectSalts: SQL = """
    SELECT subject, salt FROM audit_salts WHERE subject = ANY ($1::text[]) ORDER BY subject FOR KEY SHARE
    """

private let insertHead: SQL = """
    INSERT INTO audit_heads (workspace, sequence, hash) VALUES ($1, 0, $2) ON CONFLICT DO NOTHING
    """

private let selectHead: SQL = "SELECT sequence, hash FROM audit_heads WHERE workspace = $1 FOR UPDATE"

private let moveHead: SQL = "UPDATE audit_heads SET sequence = $2, hash = $3 WHERE workspace = $1"

private let insertEntry: SQL = """
    INSERT INTO audit_log (workspace, sequence, at, actor_kind, actor_id, action, target_kind, target_id, before, after,
        request_id, fields, commitments, previous, hash)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::text[], $13::bytea[], $14, $15)
    """

private let erasePersonal: SQL = """
    UPDATE audit_personal SET subject = NULL, value = CASE WHEN value = $2 THEN $3 ELSE 'null' END
    WHERE subject = $1 AND workspace = $4
    """

private let insertPersonal: SQL = """
    INSERT INTO audit_personal (workspace, sequence, field, subject, value)
    SELECT $1, $2::bigint, p.field, p.subject, p.value
    FROM unnest($3::text[], $4::text[], $5::text[]) AS p (field, subject, value)
    """
