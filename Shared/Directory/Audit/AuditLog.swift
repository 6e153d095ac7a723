package import Domain
package import Postgres
import ServiceRuntime

/// What is asked of the audit log; all filters must hold.
package struct AuditQuery: Sendable, Hashable {
    /// The order of the answer.
    package enum Order: Sendable {
        case newestFirst, oldestFirst
    }

    /// The only workspaces to look at; nil for all, the installation's own chain with them.
    package var workspaces: [String]?
    /// The id of a key or a person.
    package var actor: String?
    /// An action such as `budget.create`, or all of a kind: `budget`.
    package var action: String?
    /// The id of what was changed.
    package var target: String?
    /// From when on.
    package var from: Timestamp?
    /// Until when, not included.
    package var to: Timestamp?

    package init(
        workspaces: [String]? = nil,
        actor: String? = nil,
        action: String? = nil,
        target: String? = nil,
        from: Timestamp? = nil,
        to: Timestamp? = nil
    ) {
        self.workspaces = workspaces
        self.actor = actor
        self.action = action
        self.target = target
        self.from = from
        self.to = to
    }
}

/// Reads the audit log.
///
/// It is written by ``Directory/audit(_:at:in:)`` alone. All methods throw ``DirectoryError``.
package struct AuditLog: Sendable {
    let pool: PostgresPool

    /// Makes a reader over a pool whose database has ``Directory/migrations``.
    package init(pool: PostgresPool) {
        self.pool = pool
    }

    /// One page of what is asked for.
    ///
    /// - Parameters:
    ///   - query: The filters.
    ///   - order: Which end of the log it begins at.
    ///   - cursor: The id of the last record of the page before; nil for the first page.
    ///   - limit: Records at most.
    /// - Returns: The records in order.
    /// - Throws: ``DirectoryError``.
    package func page(
        _ query: AuditQuery,
        _ order: AuditQuery.Order = .newestFirst,
        after cursor: Int64? = nil,
        limit: Int
    ) async throws -> [AuditRecord] {
        try await DirectoryError.translating {
            try await pool.withConnection { connection in
                let isForward = order == .oldestFirst
                let rows = try await connection.query(
                    isForward ? pageForward : pageBackward,
                    [
                        query.workspaces.map { .textArray($0) } ?? .null, .text(query.actor), .text(query.action),
                        .text(query.target), .text(query.target.map { JSONValue.string($0).jsonText }),
                        .timestamp(query.from), .timestamp(query.to), .int(cursor ?? (isForward ? 0 : .max)),
                        .int(limit),
                    ]
                )
                let workspaces = try rows.map { try $0.value("workspace", as: String.self) }
                let sequences = try rows.map { try $0.value("sequence", as: Int64.self) }
                let found = try await connection.query(
                    selectPersonal,
                    [.textArray(workspaces), .int64Array(sequences)]
                )
                var personal: [String: [String: String]] = [:]
                for row in found {
                    let entry = try
                        "\(row.value("sequence", as: Int64.self)) \(row.value("workspace", as: String.self))"
                    personal[entry, default: [:]][try row.value("field")] = try row.value("value", as: String.self)
                }
                return try zip(rows, zip(workspaces, sequences)).map { row, name in
                    try AuditRecord(row: row, personal: personal["\(name.1) \(name.0)"] ?? [:])
                }
            }
        }
    }
}

private let pageFilter = """
    SELECT id, workspace, sequence, at, actor_kind, actor_id, action, target_kind, target_id, before, after, request_id,
        hash
    FROM audit_log AS l
    WHERE ($1::text[] IS NULL OR workspace = ANY ($1::text[]))
        AND ($2::text IS NULL OR actor_id = $2::text)
        AND ($3::text IS NULL OR action = $3::text OR starts_with(action, $3::text || '.'))
        AND ($4::text IS NULL OR target_id = $4::text OR EXISTS (
            SELECT 1 FROM audit_personal AS p
            WHERE p.workspace = l.workspace AND p.sequence = l.sequence AND p.field = 'target' AND p.value = $5::text
        ))
        AND ($6::timestamptz IS NULL OR at >= $6::timestamptz)
        AND ($7::timestamptz IS NULL OR at < $7::timestamptz)
    """

private let pageBackward = SQL(assembled: pageFilter + " AND id < $8 ORDER BY id DESC LIMIT $9")

private let pageForward = SQL(assembled: pageFilter + " AND id > $8 ORDER BY id LIMIT $9")

private let selectPersonal: SQL = """
    SELECT p.workspace, p.sequence, p.field, p.value
    FROM audit_personal AS p
    JOIN unnest($1::text[], $2::bigint[]) AS k (workspace, sequence)
        ON p.workspace = k.workspace AND p.sequence = k.sequence
    """
