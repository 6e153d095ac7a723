package import Domain
package import ServiceRuntime

/// That a user belongs to a team.
package struct Membership: Sendable, Hashable {
    /// What the user is in the team.
    package enum Role: String, Sendable, CaseIterable {
        case member, lead
    }

    package var workspace: String
    package var team: String
    package var user: String
    package var role: Role
    package var createdAt: Timestamp

    package init(workspace: String, team: String, user: String, role: Role, createdAt: Timestamp) {
        self.workspace = workspace
        self.team = team
        self.user = user
        self.role = role
        self.createdAt = createdAt
    }

    /// The membership as the audit log shows it.
    var document: JSONValue {
        [
            "workspace": .string(workspace), "team": .string(team), "user": .string(user),
            "role": .string(role.rawValue), "created_at": .string(createdAt.rfc3339),
        ]
    }

    /// What the audit log says of a change.
    func entry(_ action: String, by author: Author, before: Membership?, after: Membership?) -> AuditEntry {
        let subject = AuditSubject.user(user, in: workspace)
        return AuditEntry(
            workspace: workspace,
            author: author,
            action: action,
            target: AuditEntry.Target("membership", user, subject: subject),
            before: before?.document,
            after: after?.document,
            personal: [AuditEntry.Personal("user", of: subject)]
        )
    }
}

/// A membership with what people call its workspace, team and user.
package struct NamedMembership: Sendable, Hashable {
    package let membership: Membership
    package let workspaceName: String
    /// Nil while nobody has told of one, as with the other two.
    package let teamName: String?
    package let userName: String?
    package let userEmail: String?

    package init(
        _ membership: Membership,
        workspaceName: String,
        teamName: String?,
        userName: String?,
        userEmail: String?
    ) {
        self.membership = membership
        self.workspaceName = workspaceName
        self.teamName = teamName
        self.userName = userName
        self.userEmail = userEmail
    }

    /// The membership as the API shows it.
    package var document: JSONValue {
        [
            "workspace": .string(membership.workspace), "workspace_name": .string(workspaceName),
            "team": .string(membership.team), "team_name": JSONValue(teamName),
            "user": .string(membership.user), "user_name": JSONValue(userName), "user_email": JSONValue(userEmail),
            "role": .string(membership.role.rawValue), "created_at": .string(membership.createdAt.rfc3339),
        ]
    }
}
