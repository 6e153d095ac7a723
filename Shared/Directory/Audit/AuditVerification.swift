import Domain
import Postgres
package import ServiceRuntime

/// What is wrong with a chain of the audit log.
package enum AuditFlaw: Sendable, Hashable {
    /// The entry with this number is not there.
    case missing(sequence: Int64)
    /// The entry is not what it was when it was written, or not in its place.
    case altered(sequence: Int64)
    /// A value of the entry that is somebody's data is not what it was.
    case alteredValue(sequence: Int64, field: String)
    /// A value of the entry that is somebody's data, or its salt, was taken away; erasing leaves a pseudonym or null.
    case missingValue(sequence: Int64, field: String)
    /// Values are erased, the last of them in this entry, and no entry tells who did it.
    case untoldErasure(values: Int64, last: Int64)
    /// The chain's last entries are not there: it should end with `head`.
    case truncated(last: Int64, head: Int64)
    /// Nothing says where the chain ends.
    case noHead(last: Int64)
    /// There are entries behind the end.
    case beyondHead(sequence: Int64)
    /// The entry that was to be there is another one, or is gone.
    case unexpected(sequence: Int64)

    /// The flaw in words for people.
    package var description: String {
        switch self {
        case .missing(let sequence): "entry \(sequence) is missing"
        case .altered(let sequence): "entry \(sequence) was altered or moved"
        case .alteredValue(let sequence, let field): "the value '\(field)' of entry \(sequence) was altered"
        case .missingValue(let sequence, let field): "the value '\(field)' of entry \(sequence) was taken away"
        case .untoldErasure(let values, let last):
            "\(values) values, the last in entry \(last), were erased and no erasure tells of them"
        case .truncated(let last, let head): "the chain ends with entry \(last) instead of \(head)"
        case .noHead(let last): "the chain's head is missing; its last entry is \(last)"
        case .beyondHead(let sequence): "entry \(sequence) stands behind the chain's end"
        case .unexpected(let sequence): "entry \(sequence) is not the one that was expected"
        }
    }
}

/// What checking a chain found.
package struct AuditVerification: Sendable, Hashable {
    /// The workspace; nil for the installation's chain.
    package var workspace: String?
    /// Entries that were checked.
    package var entries: Int64 = 0
    /// Values that were erased together with the person they were about.
    package var erasedValues: Int64 = 0
    /// Where the chain ends: keep it elsewhere, and a chain that was cut and sealed anew is found too.
    package var head: AuditPosition?
    /// The first thing that is wrong; nil when the chain is whole.
    package var flaw: AuditFlaw?
}

extension AuditVerification {
    /// Writes what was found as the API shows it.
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("workspace")
        writer.optional(workspace)
        writer.key("valid")
        writer.bool(flaw == nil)
        writer.key("flaw")
        writer.optional(flaw?.description)
        writer.member("entries", entries)
        writer.member("erased_values", erasedValues)
        writer.key("head")
        if let head {
            writer.beginObject()
            writer.member("sequence", head.sequence)
            writer.member("hash", head.hash)
            writer.endObject()
        } else {
            writer.null()
        }
        writer.endObject()
    }
}

/// A place in a chain with what it looked like.
package struct AuditPosition: Sendable, Hashable {
    package var sequence: Int64
    /// The hash in hexadecimal digits.
    package var hash: String

    package init(sequence: Int64, hash: String) {
        self.sequence = sequence
        self.hash = hash
    }
}

extension AuditLog {
    private static let pageSize = 1_000

    /// The workspaces that have a chain, by name; nil is the installation.
    package func chains() async throws -> [String?] {
        try await DirectoryError.translating {
            try await pool.query(selectChains).map { row in
                let name: String = try row.value("workspace")
                return name.isEmpty ? nil : name
            }
        }
    }

    /// Computes a chain again, from its first entry to its head, in one snapshot.
    ///
    /// - Parameters:
    ///   - workspace: Whose chain; nil for the installation's.
    ///   - expected: An entry that must be there, known from an earlier verification and kept elsewhere.
    /// - Returns: What was found, with the first flaw.
    /// - Throws: ``DirectoryError``.
    package func verify(_ workspace: String?, expecting expected: AuditPosition? = nil) async throws
        -> AuditVerification
    {
        try await DirectoryError.translating {
            try await pool.withTransaction(isolation: .repeatableRead) { connection in
                var check = ChainCheck(workspace: workspace ?? "", expected: expected)
                let heads = try await connection.query(selectHead, [.text(workspace ?? "")])
                let head = try heads.first.map { row in
                    (sequence: try row.value("sequence", as: Int64.self), hash: try row.value("hash", as: [UInt8].self))
                }
                while check.flaw == nil {
                    let place: [PostgresValue] = [
                        .text(workspace ?? ""), .int(check.sequence), .int(Self.pageSize),
                    ]
                    let rows = try await connection.query(selectLinks, place)
                    let values = try await connection.query(selectValues, place)
                    try check.take(rows, values)
                    if rows.count < Self.pageSize { break }
                }
                check.end(at: head)
                return AuditVerification(
                    workspace: workspace,
                    entries: check.sequence,
                    erasedValues: check.erasures.erased,
                    head: head.map { AuditPosition(sequence: $0.sequence, hash: $0.hash.hexadecimal) },
                    flaw: check.flaw
                )
            }
        }
    }
}

/// Follows a chain from its beginning.
private struct ChainCheck {
    let workspace: String
    let expected: AuditPosition?
    var sequence: Int64 = 0
    var hash = AuditLink.origin
    var erasures = ErasureAccount()
    var flaw: AuditFlaw?
    private var hasSeenExpected = false

    init(workspace: String, expected: AuditPosition?) {
        self.workspace = workspace
        self.expected = expected
    }

    private struct Value {
        let json: String
        let isErased: Bool
        let salt: [UInt8]?
    }

    mutating func take(_ rows: PostgresResult, _ values: PostgresResult) throws {
        var known: [Int64: [String: Value]] = [:]
        for row in values {
            let value = Value(
                json: try row.value("value"),
                isErased: try row.value("is_erased"),
                salt: try row.optional("salt")
            )
            known[try row.value("sequence"), default: [:]][try row.value("field")] = value
        }
        for row in rows where flaw == nil {
            let number: Int64 = try row.value("sequence")
            guard number == sequence + 1 else {
                flaw = .missing(sequence: sequence + 1)
                return
            }
            try check(AuditLink(row: row), row, known[number] ?? [:])
        }
    }

    private mutating func check(_ link: AuditLink, _ row: PostgresRow, _ values: [String: Value]) throws {
        let previous: [UInt8] = try row.value("previous")
        let stored: [UInt8] = try row.value("hash")
        let isWhole = link.fields.count == link.commitments.count
        guard isWhole, previous == hash, stored == link.hash(after: hash) else {
            flaw = .altered(sequence: link.sequence)
            return
        }
        for (field, commitment) in zip(link.fields, link.commitments) {
            if let value = values[field], value.isErased {
                erasures.lose(at: link.sequence)
                continue
            }
            guard let value = values[field], let salt = value.salt else {
                flaw = .missingValue(sequence: link.sequence, field: field)
                return
            }
            guard PersonalValue.commitment(salt: salt, field: field, json: value.json) == commitment else {
                flaw = .alteredValue(sequence: link.sequence, field: field)
                return
            }
        }
        // What was added beside the chain would be shown as if it belonged to it.
        if let strange = values.keys.first(where: { !link.fields.contains($0) }) {
            flaw = .alteredValue(sequence: link.sequence, field: strange)
            return
        }
        if let expected, expected.sequence == link.sequence {
            hasSeenExpected = true
            if expected.hash.lowercased() != stored.hexadecimal { flaw = .unexpected(sequence: link.sequence) }
        }
        erasures.read(link)
        sequence = link.sequence
        hash = stored
    }

    /// Compares where the chain ended with where it should.
    mutating func end(at head: (sequence: Int64, hash: [UInt8])?) {
        guard flaw == nil else { return }
        if let head {
            if sequence < head.sequence {
                flaw = .truncated(last: sequence, head: head.sequence)
            } else if sequence > head.sequence {
                flaw = .beyondHead(sequence: head.sequence + 1)
            } else if head.hash != hash {
                flaw = .altered(sequence: sequence)
            }
        } else if sequence > 0 {
            flaw = .noHead(last: sequence)
        }
        if flaw == nil { flaw = erasures.flaw }
        if flaw == nil, let expected, !hasSeenExpected { flaw = .unexpected(sequence: expected.sequence) }
    }
}

extension AuditLink {
    fileprivate init(row: PostgresRow) throws {
        self.init(
            workspace: try row.value("workspace"),
            sequence: try row.value("sequence"),
            at: try row.value("at"),
            actorKind: try row.value("actor_kind"),
            actorID: try row.value("actor_id"),
            action: try row.value("action"),
            targetKind: try row.value("target_kind"),
            targetID: try row.optional("target_id"),
            before: try row.optional("before"),
            after: try row.optional("after"),
            requestID: try row.optional("request_id"),
            fields: try row.value("fields"),
            commitments: try row.value("commitments")
        )
    }
}

private let selectChains: SQL = """
    SELECT workspace FROM audit_heads UNION SELECT DISTINCT workspace FROM audit_log ORDER BY workspace
    """

private let selectHead: SQL = "SELECT sequence, hash FROM audit_heads WHERE workspace = $1"

private let selectLinks: SQL = """
    SELECT workspace, sequence, at, actor_kind, actor_id, action, target_kind, target_id, before, after, request_id,
        fields, commitments, previous, hash
    FROM audit_log WHERE workspace = $1 AND sequence > $2 ORDER BY sequence LIMIT $3
    """

/// A value whose subject was erased has none; all others have a salt.
private let selectValues: SQL = """
    SELECT p.sequence, p.field, p.value, p.subject IS NULL AS is_erased, s.salt
    FROM audit_personal AS p
    LEFT JOIN audit_salts AS s ON s.subject = p.subject
    WHERE p.workspace = $1 AND p.sequence > $2 AND p.sequence <= $2 + $3
    """
