/// Teams, projects and users named by events, to be known from now on even if nobody upserted them.
package struct Mirrors: Sendable, Hashable {
    /// A team in a workspace.
    package struct Team: Sendable, Hashable, Comparable {
        package let workspace: String
        package let id: String

        package init(workspace: String, id: String) {
            self.workspace = workspace
            self.id = id
        }

        package static func < (left: Team, right: Team) -> Bool {
            (left.workspace, left.id) < (right.workspace, right.id)
        }
    }

    /// A project or a user in a workspace, with the team it was first seen with.
    package struct Member: Sendable, Hashable, Comparable {
        package let workspace: String
        package let id: String
        package let team: String?

        package init(workspace: String, id: String, team: String? = nil) {
            self.workspace = workspace
            self.id = id
            self.team = team
        }

        // One mirror for each id: the team it was first seen with does not make it another.
        package static func == (left: Member, right: Member) -> Bool {
            left.workspace == right.workspace && left.id == right.id
        }

        package func hash(into hasher: inout Hasher) {
            hasher.combine(workspace)
            hasher.combine(id)
        }

        package static func < (left: Member, right: Member) -> Bool {
            (left.workspace, left.id) < (right.workspace, right.id)
        }
    }

    package var teams: Set<Team> = []
    package var projects: Set<Member> = []
    package var users: Set<Member> = []

    package init() {}

    /// Adds what one event names.
    package mutating func add(workspace: String, team: String?, project: String?, user: String?) {
        if let team { teams.insert(Team(workspace: workspace, id: team)) }
        if let project { projects.insert(Member(workspace: workspace, id: project, team: team)) }
        if let user { users.insert(Member(workspace: workspace, id: user, team: team)) }
    }

    package var isEmpty: Bool {
        teams.isEmpty && projects.isEmpty && users.isEmpty
    }

    /// Removes what is in `known`.
    package func subtracting(_ known: Mirrors) -> Mirrors {
        var rest = self
        rest.teams.subtract(known.teams)
        rest.projects.subtract(known.projects)
        rest.users.subtract(known.users)
        return rest
    }

    /// Adds all of another.
    package mutating func formUnion(_ other: Mirrors) {
        teams.formUnion(other.teams)
        projects.formUnion(other.projects)
        users.formUnion(other.users)
    }

    var count: Int {
        teams.count + projects.count + users.count
    }
}

/// Remembers which mirrors exist, so that only new ones cost a statement.
///
/// Bounded.
package struct KnownMirrors: Sendable {
    private var known = Mirrors()
    private let limit: Int

    /// Makes an empty memory of at most `limit` mirrors; when it is full it starts anew.
    package init(limit: Int = 100_000) {
        self.limit = limit
    }

    /// What is not known yet.
    package func missing(from mirrors: Mirrors) -> Mirrors {
        mirrors.subtracting(known)
    }

    /// Notes mirrors whose transaction has committed.
    package mutating func remember(_ mirrors: Mirrors) {
        if known.count + mirrors.count > limit {
            known = Mirrors()
        }
        known.formUnion(mirrors)
    }
}
