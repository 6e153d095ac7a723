/// What a program tells about its teams, projects and users (`api.md`, Upsert).
package struct Upsert: Sendable, Hashable {
    package struct Team: Sendable, Hashable {
        package var id: String
        package var name: String?

        package init(id: String, name: String? = nil) {
            self.id = id
            self.name = name
        }
    }

    package struct Project: Sendable, Hashable {
        package var id: String
        package var team: String?
        package var name: String?

        package init(id: String, team: String? = nil, name: String? = nil) {
            self.id = id
            self.team = team
            self.name = name
        }
    }

    package struct User: Sendable, Hashable {
        package var id: String
        package var email: String?
        package var name: String?
        package var team: String?

        package init(id: String, email: String? = nil, name: String? = nil, team: String? = nil) {
            self.id = id
            self.email = email
            self.name = name
            self.team = team
        }
    }

    package var workspace: String
    /// The program that tells, kept with the users.
    package var sourceApp: String
    package var teams: [Team]
    package var projects: [Project]
    package var users: [User]

    package init(
        workspace: String,
        sourceApp: String,
        teams: [Team] = [],
        projects: [Project] = [],
        users: [User] = []
    ) {
        self.workspace = workspace
        self.sourceApp = sourceApp
        self.teams = teams
        self.projects = projects
        self.users = users
    }

    /// What is wrong with its fields: the path of each and why it is refused.
    ///
    /// Empty when all can be stored.
    package var flaws: [(field: String, detail: String)] {
        var flaws: [(String, String)] = []
        func check(_ text: String?, _ field: String) {
            guard let text else { return }
            if !isName(text) {
                flaws.append((field, "must have 1 to 128 characters and no control characters"))
            }
        }
        for (index, team) in teams.enumerated() {
            check(team.id, "teams[\(index)].id")
            check(team.name, "teams[\(index)].name")
        }
        for (index, project) in projects.enumerated() {
            check(project.id, "projects[\(index)].id")
            check(project.team, "projects[\(index)].team")
            check(project.name, "projects[\(index)].name")
        }
        for (index, user) in users.enumerated() {
            check(user.id, "users[\(index)].id")
            check(user.email, "users[\(index)].email")
            check(user.name, "users[\(index)].name")
            check(user.team, "users[\(index)].team")
        }
        return flaws
    }
}

/// What an upsert did with one item.
package enum UpsertOutcome: String, Sendable, Hashable {
    case created, updated, unchanged
}

/// What an upsert did, item by item in the order given.
package struct UpsertResult: Sendable, Hashable {
    package var teams: [UpsertOutcome]
    package var projects: [UpsertOutcome]
    package var users: [UpsertOutcome]

    package init(teams: [UpsertOutcome] = [], projects: [UpsertOutcome] = [], users: [UpsertOutcome] = []) {
        self.teams = teams
        self.projects = projects
        self.users = users
    }
}
