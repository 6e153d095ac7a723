import Postgres

/// The statements of each kind: they differ by the table and by the columns that it has.
extension UnitKind {
    private var table: String {
        switch self {
        case .team: "teams"
        case .project: "projects"
        case .user: "users"
        }
    }

    private var columns: String {
        switch self {
        case .team:
            "workspace, id, name, NULL::text AS team, NULL::text AS email, NULL::text AS source_app, "
                + "NULL::text AS person_id, mirrored, created_at, archived_at, version"
        case .project:
            "workspace, id, name, team, NULL::text AS email, NULL::text AS source_app, NULL::text AS person_id, "
                + "mirrored, created_at, archived_at, version"
        case .user:
            "workspace, id, name, team, email, source_app, person_id, mirrored, created_at, archived_at, version"
        }
    }

    var selection: SQL { SQL(assembled: "SELECT \(columns) FROM \(table) WHERE workspace = $1 AND id = $2") }

    var locking: SQL { SQL(assembled: "SELECT \(columns) FROM \(table) WHERE workspace = $1 AND id = $2 FOR UPDATE") }

    /// The users with a mail address who are nobody's yet.
    ///
    /// PostgreSQL's lower case makes ASCII letters of others, which only addresses of single bytes have none of.
    static var lockingUnlinked: SQL {
        SQL(
            assembled: """
                SELECT \(UnitKind.user.columns) FROM users WHERE lower(email) = lower($1)
                    AND octet_length(email) = char_length(email) AND person_id IS NULL
                ORDER BY workspace, id LIMIT 500 FOR UPDATE
                """
        )
    }

    var listing: SQL {
        let searched = self == .user ? ["id", "name", "email"] : ["id", "name"]
        let matches = searched.map { "lower(\($0)) LIKE $2::text" }.joined(separator: " OR ")
        // Teams have no team: the parameter must be named all the same.
        let team = self == .team ? "$3::text IS NULL" : "($3::text IS NULL OR team = $3::text)"
        return SQL(
            assembled: """
                SELECT \(columns) FROM \(table)
                WHERE ($1::text[] IS NULL OR workspace = ANY ($1::text[]))
                    AND ($2::text IS NULL OR \(matches))
                    AND \(team)
                    AND ($4::boolean IS NULL OR (archived_at IS NOT NULL) = $4::boolean)
                    AND ($5::text IS NULL OR (workspace, id) > ($5::text, $6::text))
                ORDER BY workspace, id LIMIT $7
                """
        )
    }

    var insertion: SQL {
        switch self {
        case .team:
            """
            INSERT INTO teams (workspace, id, name, archived_at, mirrored, version, created_at)
            VALUES ($1, $2, $3, $4::timestamptz, $5, $6, $7::timestamptz) ON CONFLICT DO NOTHING
            """
        case .project:
            """
            INSERT INTO projects (workspace, id, name, archived_at, mirrored, version, team, created_at)
            VALUES ($1, $2, $3, $4::timestamptz, $5, $6, $7, $8::timestamptz) ON CONFLICT DO NOTHING
            """
        case .user:
            """
            INSERT INTO users
                (workspace, id, name, archived_at, mirrored, version, team, email, source_app, person_id, created_at)
            VALUES ($1, $2, $3, $4::timestamptz, $5, $6, $7, $8, $9, $10, $11::timestamptz)
            ON CONFLICT DO NOTHING
            """
        }
    }

    var update: SQL {
        switch self {
        case .team:
            """
            UPDATE teams SET name = $3, archived_at = $4::timestamptz, mirrored = $5, version = $6
            WHERE workspace = $1 AND id = $2
            """
        case .project:
            """
            UPDATE projects SET name = $3, archived_at = $4::timestamptz, mirrored = $5, version = $6, team = $7
            WHERE workspace = $1 AND id = $2
            """
        case .user:
            """
            UPDATE users SET name = $3, archived_at = $4::timestamptz, mirrored = $5, version = $6, team = $7,
                email = $8, source_app = $9, person_id = $10
            WHERE workspace = $1 AND id = $2
            """
        }
    }
}

extension OrgUnit {
    /// The parameters of ``UnitKind/update``, and of ``UnitKind/insertion`` but for the time.
    var values: [PostgresValue] {
        let all: [PostgresValue] = [
            .text(workspace), .text(id), .text(name), .timestamp(archivedAt), .bool(isMirrored), .int(version),
        ]
        switch kind {
        case .team: return all
        case .project: return all + [.text(team)]
        case .user: return all + [.text(team), .text(email), .text(sourceApp), .text(personID)]
        }
    }
}
