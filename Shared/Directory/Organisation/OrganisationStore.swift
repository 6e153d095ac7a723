package import Domain

/// Keeps teams, projects, users and memberships for those who administer them.
///
/// All methods throw ``DirectoryError``. A change and its entry in the audit log are written in one transaction.
package protocol OrganisationStore: Sendable {
    /// One page of a list, by workspace, then by id.
    func units(_ kind: UnitKind, _ query: UnitQuery, after cursor: UnitCursor?, limit: Int) async throws -> [OrgUnit]
    /// A team, project or user, archived or not.
    func unit(_ kind: UnitKind, _ id: String, in workspace: String) async throws -> OrgUnit?
    /// Adds a team, project or user; one that events have made already is completed.
    ///
    /// Fails as a conflict when somebody has told of it before, and as not found when there is no such workspace.
    func create(_ unit: OrgUnit, by author: Author) async throws -> OrgUnit
    /// Changes a team, project or user; what changes nothing makes no version.
    ///
    /// A user with another mail address is nobody's any more.
    func change(
        _ kind: UnitKind,
        _ id: String,
        in workspace: String,
        _ edit: DirectoryEdit,
        _ change: (inout OrgUnit) throws -> Void
    ) async throws -> OrgUnit

    /// One page of a workspace's memberships, by team, then by user.
    ///
    /// - Parameters:
    ///   - query: The filters.
    ///   - cursor: The team and the user of the last one of the page before.
    ///   - limit: Memberships at most.
    /// - Returns: The memberships.
    /// - Throws: ``DirectoryError``.
    func memberships(
        _ query: MembershipQuery,
        after cursor: (team: String, user: String)?,
        limit: Int
    ) async throws -> [NamedMembership]
    /// Makes a user a member of a team, or changes what they are there.
    ///
    /// Fails as not found when the team or the user is not known.
    ///
    /// - Returns: The membership, and whether it is new.
    /// - Throws: ``DirectoryError``.
    func put(_ new: Membership, by author: Author) async throws -> (NamedMembership, isNew: Bool)
    /// Ends a membership.
    ///
    /// - Returns: Whether there was one.
    /// - Throws: ``DirectoryError``.
    func removeMembership(
        of user: String,
        in team: String,
        of workspace: String,
        by author: Author,
        at time: Timestamp
    ) async throws -> Bool

    /// Says of users with a mail address, in all workspaces, that they are a person, who has proved to own it.
    ///
    /// Links to others stay. It takes 500 users at once; the next sign-in takes more.
    ///
    /// - Returns: How many users were linked.
    /// - Throws: ``DirectoryError``.
    func linkUsers(
        withVerifiedEmail email: String,
        toPerson person: String,
        by author: Author,
        at time: Timestamp
    ) async throws -> Int
    /// The users that some people are, by person, workspace and id: of each person 50 at most.
    ///
    /// - Parameters:
    ///   - people: The ids of the people.
    ///   - workspaces: The only workspaces to look at; nil for all.
    /// - Returns: The users.
    /// - Throws: ``DirectoryError``.
    func users(of people: [String], in workspaces: [String]?) async throws -> [LinkedUser]
}

/// A user of a source app who is a person that signs in.
package struct LinkedUser: Sendable, Hashable {
    package var person: String
    package var workspace: String
    package var id: String

    package init(person: String, workspace: String, id: String) {
        self.person = person
        self.workspace = workspace
        self.id = id
    }

    /// Of each person at most.
    static let limit = 50
}

/// What is asked of a list of teams, projects or users; all filters must hold.
package struct UnitQuery: Sendable, Hashable {
    /// The only workspaces to look at; nil for all.
    package var workspaces: [String]?
    /// The beginning of an id, a name or a mail address, whatever its case.
    package var search: String?
    /// The team that projects and users belong to.
    package var team: String?
    /// Whether archived ones are listed, and no others; nil for both.
    package var isArchived: Bool?

    package init(workspaces: [String]?, search: String? = nil, team: String? = nil, isArchived: Bool? = nil) {
        self.workspaces = workspaces
        self.search = search
        self.team = team
        self.isArchived = isArchived
    }
}

/// A place in a list: lists are by workspace, then by id.
package struct UnitCursor: Sendable, Hashable {
    package var workspace: String
    package var id: String

    package init(workspace: String, id: String) {
        self.workspace = workspace
        self.id = id
    }

    /// Reads a cursor's text; a workspace's id has no spaces.
    package init?(_ text: String) {
        guard let space = text.firstIndex(of: " "), !text.utf8.contains(0) else { return nil }
        self.init(workspace: String(text[..<space]), id: String(text[text.index(after: space)...]))
    }

    /// The cursor as text for clients, who need not understand it.
    package var text: String { "\(workspace) \(id)" }
}

/// What is asked of memberships.
package struct MembershipQuery: Sendable, Hashable {
    package var workspace: String
    package var team: String?
    package var user: String?

    package init(workspace: String, team: String? = nil, user: String? = nil) {
        self.workspace = workspace
        self.team = team
        self.user = user
    }
}

extension DirectoryError {
    static func noUnit(_ kind: UnitKind, _ id: String) -> DirectoryError {
        DirectoryError(.notFound, "there is no \(kind.rawValue) \"\(id)\"")
    }
}
