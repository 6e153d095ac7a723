internal import ArgumentParser
internal import LocalServers
internal import Postgres
internal import ServiceRuntime

/// Ledger and configuration as one file.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Writes the ledger and the configuration into one file, while everything runs.",
        discussion: """
            The file holds what PostgreSQL holds: events, prices, budgets, workspaces, keys (as hashes), alerts. What \
            Redis holds is made from it again; events that wait there are not in the file. Example: \
            oliver backup oliver-2026-11-28.dump
            """
    )

    @OptionGroup var installation: InstallationOptions

    @Argument(help: "The file to write.")
    var file: String

    func run() async throws {
        try await installation.withServers { common, _ in
            let configuration = try PostgresConfiguration(url: common.postgresURL)
            try await DatabaseDump.write(configuration.environment, to: file)
        }
        print("\(file) is written.")
    }
}
