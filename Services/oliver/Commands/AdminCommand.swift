internal import Access
internal import ArgumentParser
internal import Console
internal import Directory
internal import Domain
internal import LocalServers
internal import Postgres
internal import ServiceRuntime

/// People who sign in, for those who reach the servers themselves: also when nobody can sign in any more.
struct AdminCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "admin",
        abstract: "Makes and lists people who sign in, and links to sign in with.",
        subcommands: [Create.self, List.self, Reset.self, Link.self]
    )
}

extension AdminCommand {
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Makes somebody, and prints a link to sign in with.")

        @OptionGroup var installation: InstallationOptions

        @Option(help: "Their e-mail address: a provider that vouches for it signs them in.")
        var email: String

        @Option(help: "What people call them (default: the address).")
        var name: String?

        @Option(help: "viewer, finance, admin or owner.")
        var role = Role.owner

        @Option(help: "The only workspace the role is for (default: all).")
        var workspace: String?

        @Option(help: "The only team of the workspace the role is for (default: all).")
        var team: String?

        func validate() throws {
            if team != nil, workspace == nil { throw ValidationError("--team needs --workspace.") }
        }

        func run() async throws {
            try await installation.administrate { administration, _, base in
                let person = try await administration.create(
                    email: email,
                    name: name ?? email,
                    grants: [Grant(role: role, workspace: workspace, team: team)]
                )
                try await printLink(to: person, administration, base)
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists all who may sign in, with their roles.")

        @OptionGroup var installation: InstallationOptions

        func run() async throws {
            try await installation.administrate { _, store, _ in
                var rows = [["ID", "E-MAIL", "NAME", "ROLES", "SIGNS IN BY", "LAST SIGN-IN", "STATE"]]
                var last: String?
                repeat {
                    let page = try await store.people(matching: nil, reaching: nil, after: last, limit: 500)
                    for person in page { rows.append(try await row(of: person, store)) }
                    last = page.count == 500 ? page.last?.id : nil
                } while last != nil
                print(TextTable(rows).text)
            }
        }

        private func row(of person: Person, _ store: PostgresAccountStore) async throws -> [String] {
            let roles = try await store.grants(of: person.id).map { grant in
                let place = grant.workspace.map { name in "@" + name + (grant.team.map { "/\($0)" } ?? "") }
                return grant.role.rawValue + (place ?? "")
            }
            let ways = [person.identity?.provider, person.passwordHash.map { _ in "password" }].compactMap { $0 }
            return [
                person.id, person.email ?? "", person.name, roles.joined(separator: ", "),
                ways.isEmpty ? "link" : ways.joined(separator: ", "), person.lastSignInAt?.rfc3339 ?? "never",
                person.disabledAt == nil ? "active" : "disabled",
            ]
        }
    }

    struct Reset: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Gives somebody a new password, prints it once, and ends their sessions."
        )

        @OptionGroup var installation: InstallationOptions

        @Argument(help: "Their e-mail address or id.")
        var person: String

        func run() async throws {
            try await installation.administrate { administration, store, _ in
                let person = try await store.find(person)
                let password = String(SessionToken.generate().text.prefix(24))
                _ = try await administration.setPassword(try await Passwords().hash(password), of: person)
                print(password)
            }
        }
    }

    struct Link: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints a link that signs somebody in, once, within a day; their other links stop working."
        )

        @OptionGroup var installation: InstallationOptions

        @Argument(help: "Their e-mail address or id (default: the first who owns all).")
        var person: String?

        func run() async throws {
            try await installation.administrate { administration, store, base in
                let found: Person
                if let person { found = try await store.find(person) } else { found = try await store.firstOwner() }
                try await printLink(to: found, administration, base)
            }
        }
    }

    private static func printLink(to person: Person, _ administration: AccountAdministration, _ base: String)
        async throws
    {
        print("\(base)/sign-in#link=\(try await administration.link(to: person).text)")
    }
}

extension Role: ExpressibleByArgument {}

extension InstallationOptions {
    /// Runs a body with accounts, and with the address where people find the installation.
    fileprivate func administrate(
        _ body: (AccountAdministration, PostgresAccountStore, _ base: String) async throws -> Void
    ) async throws {
        let environment = processEnvironment()
        let reader = await SettingsReader.load(
            environment: environment,
            file: configurationFile ?? environment["OLIVER_CONFIG"]
        )
        let folder = home ?? environment["OLIVER_HOME"] ?? HomeFolder.defaultPath
        let port = try RunFile.load(fromHome: folder)?.httpPort
        let base = reader.scoped(to: "console").string("publicURL") ?? "http://127.0.0.1:\(port ?? 8_080)"
        try await Installation.use(self) { installation in
            let store = PostgresAccountStore(pool: installation.postgres)
            let administration = AccountAdministration(store: store, author: Author(.commandLine, id: "cli"))
            try await body(administration, store, base)
        }
    }
}

extension PostgresAccountStore {
    /// Somebody by address or id.
    fileprivate func find(_ name: String) async throws -> Person {
        if let person = try await person(email: name.lowercased()) { return person }
        if let person = try await person(id: name) { return person }
        throw ValidationError("There is nobody with the address or id '\(name)'.")
    }

    fileprivate func firstOwner() async throws -> Person {
        guard let id = try await owners().first, let person = try await person(id: id) else {
            throw ValidationError("Nobody owns all: `oliver admin create --email …` makes somebody.")
        }
        return person
    }
}
