package import Domain
import Postgres
package import ServiceRuntime

/// What events name below a workspace.
package enum UnitKind: String, Sendable, Hashable, CaseIterable {
    case team, project, user
}

/// A team, a project or a user as people administer it.
///
/// Its id is the one that source apps send. It is never deleted, because the ledger refers to it: it is archived, and a
/// user can be erased.
package struct OrgUnit: Sendable, Hashable {
    package let kind: UnitKind
    package let workspace: String
    package let id: String
    package var name: String?
    /// Where a project or a user belongs; teams have none.
    package var team: String?
    /// A user's mail address.
    package var email: String?
    /// The program that told of a user.
    package var sourceApp: String?
    /// The person a user is when they sign in.
    package var personID: String?
    /// Whether nobody has told more of it than events do.
    package var isMirrored = false
    package var createdAt: Timestamp
    package var archivedAt: Timestamp?
    /// Grows with each change.
    package var version: Int64 = 1

    package init(
        _ kind: UnitKind,
        id: String,
        workspace: String,
        name: String? = nil,
        team: String? = nil,
        email: String? = nil,
        createdAt: Timestamp
    ) {
        self.kind = kind
        self.id = id
        self.workspace = workspace
        self.name = name
        self.team = team
        self.email = email
        self.createdAt = createdAt
    }

    /// The fields that cannot be stored.
    package var flaws: [InvalidParameter] {
        var fields: [(String, String?)] = [("id", id), ("name", name)]
        if kind != .team { fields.append(("team", team)) }
        if kind == .user { fields.append(("email", email)) }
        return fields.compactMap { name, text in
            guard let text, !isName(text) else { return nil }
            let detail = "must have 1 to 128 characters and no control characters"
            return InvalidParameter(name, code: "out_of_range", detail: detail)
        }
    }

    /// The unit as the API and the audit log show it.
    package var document: JSONValue {
        var members: [JSONValue.Member] = [
            .init("id", .string(id)), .init("workspace", .string(workspace)), .init("name", JSONValue(name)),
        ]
        if kind != .team { members.append(.init("team", JSONValue(team))) }
        if kind == .user {
            members.append(.init("email", JSONValue(email)))
            members.append(.init("source_app", JSONValue(sourceApp)))
            members.append(.init("person_id", JSONValue(personID)))
        }
        return .object(
            members + [
                .init("mirrored", .bool(isMirrored)), .init("created_at", .string(createdAt.rfc3339)),
                .init("archived_at", JSONValue(archivedAt)), .init("version", .int(version)),
            ]
        )
    }

    /// The user as a person who signs in.
    func linked(to person: String) -> OrgUnit {
        var linked = self
        linked.personID = person
        linked.version += 1
        return linked
    }

    /// Who has another mail address is not known to be the person whom the one before belongs to.
    mutating func forgetPerson(ofAddress email: String?) {
        if self.email?.lowercased() != email?.lowercased() { personID = nil }
    }

    /// What the audit log says of a change; what names a user is their own data.
    func entry(_ edit: DirectoryEdit, before old: OrgUnit? = nil) -> AuditEntry {
        let subject = kind == .user ? AuditSubject.user(id, in: workspace) : nil
        return AuditEntry(
            workspace: workspace,
            author: edit.author,
            action: edit.action,
            target: AuditEntry.Target(kind.rawValue, id, subject: subject),
            before: old?.document,
            after: document,
            personal: subject.map { subject in
                ["id", "name", "email", "person_id"].map { AuditEntry.Personal($0, of: subject) }
            } ?? []
        )
    }
}

extension OrgUnit {
    init(_ kind: UnitKind, row: PostgresRow) throws {
        self.init(
            kind,
            id: try row.value("id"),
            workspace: try row.value("workspace"),
            name: try row.optional("name"),
            team: try row.optional("team"),
            email: try row.optional("email"),
            createdAt: try row.value("created_at")
        )
        sourceApp = try row.optional("source_app")
        personID = try row.optional("person_id")
        isMirrored = try row.value("mirrored")
        archivedAt = try row.optional("archived_at")
        version = try row.value("version")
    }
}
