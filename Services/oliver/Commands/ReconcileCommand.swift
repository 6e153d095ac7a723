internal import ArgumentParser
internal import Budgets
internal import Domain
internal import Redis
internal import ServiceRuntime

/// Makes counters equal to the ledger, which they are by themselves: for those who want to see it.
struct ReconcileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconcile",
        abstract: "Rebuilds the counters of spend from the ledger and shows what they were.",
        discussion: """
            It runs beside the services, which go on counting, and beside others like it. Counters that differ from the \
            ledger without a reason that the log of budget tells are a fault: report them.

            Example: oliver budgets reconcile --workspace acme
            """
    )

    @OptionGroup var installation: InstallationOptions

    @Option(help: "Only this workspace.")
    var workspace: String?

    @Flag(help: "Print one JSON document.")
    var json = false

    func run() async throws {
        let report = try await Installation.use(installation) { installation in
            let catalogue = try await installation.counterCatalogue(of: workspace)
            guard workspace == nil || !catalogue.workspaces.isEmpty else {
                throw ValidationError("There is no workspace \(workspace ?? "").")
            }
            let counters = RedisCounters(pool: installation.redis)
            let reconciliation = CounterReconciliation(
                counters: counters,
                rebuilder: CounterRebuilder(ledger: installation.ledger, counters: counters),
                partitioning: installation.partitioning
            )
            return try await reconciliation.run(catalogue, now: SystemWallClock().now)
        }
        if json { return print(report.json) }
        print(TextTable(report.rows).text)
        print("\n\(report.comparisons.count) counters, of which \(report.wrong.count) differed.")
    }
}
