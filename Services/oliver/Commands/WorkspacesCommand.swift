internal import ArgumentParser
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
            try await installation.change(workspace: id, "workspace.update") { settings.edit.apply(to: &$0) }
            print("\(id) is changed.")
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

    /// The settings that are given.
    var edit: WorkspaceEdit {
        var edit = WorkspaceEdit()
        edit.name = name
        edit.timeZone = timeZone
        edit.weekStart = weekStart
        edit.fiscalYearStart = fiscalYearStart
        edit.currency = currency
        edit.failMode = failMode
        edit.unpricedMode = unpricedMode
        edit.isHidden = hidden
        if let retentionMonths { edit.retentionMonths = .some(retentionMonths == 0 ? nil : retentionMonths) }
        return edit
    }

    func validate() throws {
        guard let flaw = edit.flaws.first else { return }
        throw ValidationError("--\(flaw.name.replacing("_", with: "-")) \(flaw.detail).")
    }
}

extension FailMode: ExpressibleByArgument {}
extension UnpricedMode: ExpressibleByArgument {}
