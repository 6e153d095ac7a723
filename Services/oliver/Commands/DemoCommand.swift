internal import Analytics
internal import ArgumentParser
internal import Calendars
internal import Demo
internal import Directory
internal import Domain
internal import Ledger
internal import ServiceRuntime

/// A firm's usage to look at, where there is none yet.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Lays the usage of an invented firm into a workspace of its own.",
        discussion: """
            The same options give the same events, and laying them twice changes nothing. A workspace that has other \
            events is refused: its counters would not know of these.
            """
    )

    @OptionGroup var installation: InstallationOptions

    @Option(help: "How many events.")
    var events = 100_000

    @Option(help: "How many days they spread over.")
    var days = 90

    @Option(help: "Another number makes other events.")
    var seed: UInt64 = 1

    @Option(help: "How many people make them.")
    var users = 1_000

    @Option(help: "The workspace, made when there is none.")
    var workspace = "demo"

    @Option(help: "The day after the last, in UTC, for example 2026-12-01 (default: today).")
    var until: String?

    func validate() throws {
        guard (1...100_000_000).contains(events), (1...3_650).contains(days), (1...100_000).contains(users) else {
            throw ValidationError("Up to 100,000,000 events, 3,650 days and 100,000 users can be made.")
        }
        guard until == nil || end != nil else { throw ValidationError("--until must be a date, like 2026-12-01.") }
    }

    private var end: Timestamp? { until.flatMap { Timestamp(rfc3339: "\($0)T00:00:00Z") } }

    func run() async throws {
        try await Installation.use(installation) { installation in
            let today = SystemWallClock().now.floored(toSeconds: 86_400)
            let settings = DemoEvents.Settings(
                workspace: workspace,
                count: events,
                days: days,
                end: end ?? today,
                seed: seed,
                users: users
            )
            let directory = PostgresDirectoryStore(pool: installation.postgres)
            try await directory.ensure(workspace)
            let calendar = try await directory.workspaces().first { $0.id == workspace }?.calendar ?? .standard
            var configuration = PostgresLedgerStore.Configuration()
            configuration.notesPositions = false
            let ledger = PostgresLedgerStore(
                pool: installation.postgres,
                logger: installation.logger,
                configuration: configuration,
                partitioning: installation.partitioning
            )
            try await refuseOthers(in: ledger)
            let demo = DemoEvents(settings)
            try await MirrorKeeper(store: directory, clock: SystemWallClock()).ensure(demo.members)
            let load = DemoLoad(demo, into: ledger, partitioning: installation.partitioning)
            let start = ContinuousClock.now
            var shown = 0
            let kept = try await load.run { done in
                // By whole percents: the output may be a file.
                guard done * 100 / events > shown else { return }
                shown = done * 100 / events
                showProgress("\(done) of \(events) events")
            }
            showProgress("closing the days that are over")
            _ = try await ledger.closePeriods(of: workspace, by: calendar, until: today, limit: .max)
            let seconds = (ContinuousClock.now - start).components.seconds
            printError("")
            print("\(kept) new events in '\(workspace)', \(seconds) s.")
        }
    }

    private func refuseOthers(in ledger: PostgresLedgerStore) async throws {
        let years = Timestamp(seconds: 0)..<Timestamp(seconds: 7_258_118_400)
        var query = LedgerQuery(workspaces: [workspace], from: years.lowerBound, to: years.upperBound)
        let all = try await ledger.totals(query)
        query.filters = [LedgerFilter(.sourceApp, DemoEvents.sourceApps)]
        guard try await ledger.totals(query) == all else {
            throw ValidationError("The workspace '\(workspace)' has events of its own: name another one.")
        }
    }
}
