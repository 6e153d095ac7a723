package import ArgumentParser
internal import ServiceRuntime

/// The operator's command line, and the all-in-one process.
package struct OliverCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "oliver",
        abstract: "Tells what AI usage costs while it happens, and refuses spend before it happens.",
        discussion: """
            `oliver up` runs everything on this machine. The other commands talk to a running installation: the one \
            in --home, or the one that OLIVER_REDIS_URL and OLIVER_POSTGRES_URL name; `prices`, `invoice`, `import` \
            and `budgets` to the one in --home, or to the HTTP API that OLIVER_URL and OLIVER_API_KEY name.
            """,
        version: OliverVersion.current,
        subcommands: [
            UpCommand.self, KeysCommand.self, LagCommand.self, DeadCommand.self, HoldsCommand.self, LedgerCommand.self,
            WorkspacesCommand.self, BudgetsCommand.self, AuditCommand.self, AdminCommand.self, MigrateCommand.self,
            PricesCommand.self, InvoiceCommand.self, ImportCommand.self, DemoCommand.self, DoctorCommand.self,
            BackupCommand.self, RestoreCommand.self, UpkeepCommand.self,
        ]
    )

    package init() {}

    /// Runs the command that the arguments name, and ends the process when it fails.
    package static func start() async {
        await main()
    }
}
