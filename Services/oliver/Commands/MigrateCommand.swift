internal import ArgumentParser
internal import Postgres

/// The database's schema.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Brings the database's schema up to date. Services do so themselves when they start."
    )

    @OptionGroup var installation: InstallationOptions

    @Flag(help: "Only say what would be done.")
    var pending = false

    func run() async throws {
        try await Installation.use(installation) { installation in
            let migrator = PostgresMigrator(
                Installation.migrations,
                configuration: installation.postgresConfiguration,
                logger: installation.logger
            )
            let migrations = pending ? try await migrator.pending() : try await migrator.apply()
            for migration in migrations {
                print("\(pending ? "pending" : "applied") \(migration.id): \(migration.name)")
            }
            if migrations.isEmpty { print("The schema is up to date.") }
        }
    }
}
