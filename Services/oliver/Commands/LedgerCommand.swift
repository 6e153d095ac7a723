internal import ArgumentParser
internal import Budgets
internal import Domain
internal import Redis
internal import ServiceRuntime

/// The ledger: the record that everything else must agree with.
struct LedgerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "Checks the ledger, and shows what keeps it.",
        subcommands: [Verify.self, LedgerJobsCommand.self]
    )

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compares ledger, rollups and counters to the pico-dollar.",
            discussion:
                "Exits 1 when they differ. While events are still on their way (`oliver lag`) counters may differ; "
                + "those that are being made are waited for, 35 seconds at most."
        )

        @OptionGroup var installation: InstallationOptions

        @Flag(help: "Print one JSON document.")
        var json = false

        func run() async throws {
            let report = try await Installation.use(installation) { installation in
                let verification = LedgerVerification(
                    ledger: installation.ledger,
                    counters: RedisCounters(pool: installation.redis),
                    partitioning: installation.partitioning
                )
                return try await verification.run(installation.counterCatalogue(), now: SystemWallClock().now)
            }
            print(json ? report.json : report.table)
            if !report.isConsistent { throw ExitCode.failure }
        }
    }
}
