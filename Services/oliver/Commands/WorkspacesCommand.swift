internal import ArgumentParser
internal import Calendars
internal import Directory
internal import ServiceRuntime

/// Workspaces and their settings: the calendar, and what happens when budgets cannot be checked.
struct WorkspacesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workspaces",
        abstract: "Lists, makes, changes and archives workspaces.",
        subcommands: [List.self, Create.self, Set.self, Archive.self, Restore.self]
    )
}

extension WorkspacesCommand {
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists all workspaces with their settings.")

        @OptionGroup var installation: InstallationOptions

        func run() async throws {
            try await Installation.use(installation) { installation in
                let workspaces = try await PostgresDirectoryStore(pool: installation.postgres).workspaces()
                let header = [
                    "ID", "NAME", "TIME ZONE", "WEEK", "FISCAL YEAR", "CURRENCY", "FAIL MODE", "UNPRICED", "STATE",
                ]
                let rows = workspaces.sorted { $0.id < $1.id }.map { workspace in
                    [
                        workspace.id, workspace.name, workspace.timeZone, "day \(workspace.weekStart)",
                        "month \(workspace.fiscalYearStart)", workspace.currency, workspace.failMode.rawValue,
                        workspace.unpricedMode.rawValue, state(of: workspace),
                    ]
                }
                print(TextTable([header] + rows).text)
            }
        }

        private func state(of workspace: Workspace) -> String {
            (workspace.archivedAt == nil ? "active" : "archived") + (workspace.isHidden ? ", hidden" : "")
        }
    }

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Changes settings of a workspace; what is not named stays.",
            discussion: """
                The fail mode says what a preflight answers while budgets cannot be checked, because Redis is away or a
                counter is being made: open (the default) allows the call and says so, closed refuses it with 503.
                The unpriced mode says what becomes of a model without a price under a blocking budget: deny (the
                default), allow, or estimate by what the workspace's calls cost lately.

                  oliver workspaces set acme --fail-mode closed
                  oliver workspaces set acme --time-zone Europe/Berlin --week-start 1 --fiscal-year-start 4
                """
        )

        @OptionGroup var installation: InstallationOptions

        @Argument(help: "The workspace's id.")
        var id: String

        @OptionGroup var settings: WorkspaceOptions

        func run() async throws {
            try await Installation.use(installation) { installation in
                let store = PostgresDirectoryStore(pool: installation.postgres)
                guard var workspace = try await store.workspaces().first(where: { $0.id == id }) else {
                    throw ValidationError("There is no workspace '\(id)'; `oliver workspaces list` shows all.")
                }
                settings.apply(to: &workspace)
                try await store.update(workspace, by: .atCommandLine, at: SystemWallClock().now)
                print("\(id) is changed.")
            }
        }
    }
}

/// The settings of a workspace, as options.
struct WorkspaceOptions: ParsableArguments {
    @Option(help: "What people call it.")
    var name: String?

    @Option(help: "An IANA zone, like Europe/Berlin; open periods are counted anew.")
    var timeZone: String?

    @Option(help: "The day weeks begin with: 1 is Monday, 7 is Sunday.")
    var weekStart: Int?

    @Option(help: "The month fiscal years begin with, 1 to 12.")
    var fiscalYearStart: Int?

    @Option(help: "The currency that reports convert to, like EUR.")
    var currency: String?

    @Option(help: "open or closed.")
    var failMode: FailMode?

    @Option(help: "deny, allow or estimate.")
    var unpricedMode: UnpricedMode?

    @Option(help: "How many months events are kept; 0 keeps them for ever.")
    var retentionMonths: Int?

    @Flag(inversion: .prefixedNo, help: "Whether lists, and reports that name no workspace, leave it out.")
    var hidden: Bool?

    func validate() throws {
        if let timeZone, CalendarRules(timeZone: timeZone) == nil {
            throw ValidationError("--time-zone must be an IANA name, like Europe/Berlin.")
        }
    }

    func apply(to workspace: inout Workspace) {
        workspace.name = name ?? workspace.name
        workspace.timeZone = timeZone ?? workspace.timeZone
        workspace.weekStart = weekStart ?? workspace.weekStart
        workspace.fiscalYearStart = fiscalYearStart ?? workspace.fiscalYearStart
        workspace.currency = currency ?? workspace.currency
        workspace.failMode = failMode ?? workspace.failMode
        workspace.unpricedMode = unpricedMode ?? workspace.unpricedMode
        workspace.isHidden = hidden ?? workspace.isHidden
        if let retentionMonths { workspace.retentionMonths = retentionMonths == 0 ? nil : retentionMonths }
    }
}

extension FailMode: ExpressibleByArgument {}
extension UnpricedMode: ExpressibleByArgument {}
