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
                settings.edit.apply(to: &workspace)
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
            let now = SystemWallClock().now
            try await installation.change(workspace: id, "workspace.archive") {
                $0.archivedAt = $0.archivedAt ?? now
            }
            print("\(id) is archived.")
        }
    }

    struct Restore: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lets an archived workspace take events again.")

        @OptionGroup var installation: InstallationOptions

        @Argument(help: "The workspace's id.")
        var id: String

        func run() async throws {
            try await installation.change(workspace: id, "workspace.restore") { $0.archivedAt = nil }
            print("\(id) takes events again.")
        }
    }
}

extension InstallationOptions {
    /// Changes a workspace as whoever runs this command.
    func change(workspace id: String, _ action: String, _ change: (inout Workspace) -> Void) async throws {
        let edit = DirectoryEdit(action, by: .atCommandLine, at: SystemWallClock().now)
        try await Installation.use(self) { installation in
            let store = PostgresDirectoryStore(pool: installation.postgres)
            _ = try await store.change(workspace: id, edit, change)
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
