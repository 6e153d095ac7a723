internal import ArgumentParser
internal import Directory
internal import Domain
internal import Glibc
internal import ServiceRuntime

extension WorkspacesCommand {
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes a workspace.",
            discussion: "  oliver workspaces create acme --name 'Acme Inc' --time-zone Europe/Berlin"
        )

        @OptionGroup var installation: InstallationOptions

        @Argument(help: "Its id: letters, digits, dots, dashes and underscores; it never changes.")
        var id: String

        @OptionGroup var settings: WorkspaceOptions

        func run() async throws {
            try await Installation.use(installation) { installation in
                var workspace = Workspace(id: id, createdAt: SystemWallClock().now)
                settings.apply(to: &workspace)
                let store = PostgresDirectoryStore(pool: installation.postgres)
                try await store.create(workspace, by: .atCommandLine)
                print("\(id) is made.")
            }
        }
    }

    struct Archive: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ends a workspace: it takes no more events, its reports stay."
        )

        @OptionGroup var installation: InstallationOptions

        @Argument(help: "The workspace's id.")
        var id: String

        func run() async throws {
            try await Installation.use(installation) { installation in
                let now = SystemWallClock().now
                let edit = DirectoryEdit("workspace.archive", by: .atCommandLine, at: now)
                try await PostgresDirectoryStore(pool: installation.postgres).change(workspace: id, edit) {
                    $0.archivedAt = $0.archivedAt ?? now
                }
                print("\(id) is archived.")
            }
        }
    }

    struct Restore: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lets an archived workspace take events again.")

        @OptionGroup var installation: InstallationOptions

        @Argument(help: "The workspace's id.")
        var id: String

        func run() async throws {
            try await Installation.use(installation) { installation in
                let edit = DirectoryEdit("workspace.restore", by: .atCommandLine, at: SystemWallClock().now)
                try await PostgresDirectoryStore(pool: installation.postgres).change(workspace: id, edit) {
                    $0.archivedAt = nil
                }
                print("\(id) takes events again.")
            }
        }
    }
}

extension Author {
    /// Whoever runs this command, by their account on this machine.
    static var atCommandLine: Author {
        let environment = processEnvironment()
        // Under sudo, who ran it.
        let name = environment["SUDO_USER"] ?? environment["USER"] ?? environment["LOGNAME"]
        return Author(.commandLine, id: "cli", name: String((name ?? "uid \(getuid())").prefix(64)))
    }
}
