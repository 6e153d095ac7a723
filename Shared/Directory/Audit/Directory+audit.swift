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
        let subjects = Set(parted.flatMap { $0.parts.personal.map(\.subject) })
        let salts = try await salts(of: subjects, on: connection)
        // In one order, so that two transactions with several workspaces never wait for each other.
        for (workspace, some) in Dictionary(grouping: parted, by: { $0.entry.workspace ?? "" }).sorted(by: {
            $0.key < $1.key
        }) {
            var head = try await lockHead(of: workspace, on: connection)
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

    /// Erases what the audit log knows of a subject, in the caller's transaction: its chains stay good.
    ///
    /// - Parameters:
    ///   - subject: Whose data it is.
    ///   - id: The subject's name, in whose place the pseudonym is put; other values become null.
    ///   - pseudonym: What is shown from now on.
    ///   - connection: The transaction's connection.
    /// - Throws: `PostgresError`.
    package static func eraseFromAudit(
        _ subject: AuditSubject,
        id: String,
        pseudonym: String,
        in connection: PostgresConnection
    ) async throws {
        // First the salt: whoever is about to write of the subject holds it, and is waited for.
        _ = try await connection.query("DELETE FROM audit_salts WHERE subject = $1", [.text(subject.text)])
        _ = try await connection.query(
            erasePersonal,
            [
                .text(subject.text), .text(JSONValue.string(id).jsonText), .text(JSONValue.string(pseudonym).jsonText),
            ]
        )
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

    /// The salts of subjects; new ones are drawn for those that have none.
    private static func salts(
        of subjects: Set<AuditSubject>,
        on connection: PostgresConnection
    ) async throws -> [AuditSubject: [UInt8]] {
        guard !subjects.isEmpty else { return [:] }
        let sorted = subjects.sorted { $0.text < $1.text }
        let names = PostgresValue.textArray(sorted.map(\.text))
        let fresh = sorted.map { _ in (0..<32).map { _ in UInt8.random(in: .min ... .max) } as [UInt8]? }
        _ = try await connection.query(insertSalts, [names, .bytesArray(fresh)])
        // Locked, so that nobody erases the subject before this transaction has written what the erasure must find.
        let rows = try await connection.query(selectSalts, [names])
        var salts: [String: [UInt8]] = [:]
        for row in rows { salts[try row.value("subject")] = try row.value("salt", as: [UInt8].self) }
        return Dictionary(
            uniqueKeysWithValues: sorted.compactMap { subject in salts[subject.text].map { (subject, $0) } }
        )
    }

    private static func lockHead(
        of workspace: String,
        on connection: PostgresConnection
    ) async throws -> (sequence: Int64, hash: [UInt8]) {
        _ = try await connection.query(insertHead, [.text(workspace), .bytes(AuditLink.origin)])
        guard let row = try await connection.query(selectHead, [.text(workspace)]).first else { throw auditFailure }
        return (try row.value("sequence"), try row.value("hash"))
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
    UPDATE audit_personal SET subject = NULL, value = CASE WHEN value = $2 THEN $3 ELSE 'null' END WHERE subject = $1
    """

private let insertPersonal: SQL = """
    INSERT INTO audit_personal (workspace, sequence, field, subject, value)
    SELECT $1, $2::bigint, p.field, p.subject, p.value
    FROM unnest($3::text[], $4::text[], $5::text[]) AS p (field, subject, value)
    """
