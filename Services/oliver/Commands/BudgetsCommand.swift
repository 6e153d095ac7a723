internal import ArgumentParser
internal import Domain
internal import ServiceRuntime

/// Budgets: limits on spend, and where they stand.
struct BudgetsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "budgets",
        abstract: "Lists, makes, changes and ends budgets, and looks after their counters.",
        subcommands: [List.self, Create.self, Set.self, Remove.self, ReconcileCommand.self],
        defaultSubcommand: List.self
    )
}

extension BudgetsCommand {
    struct List: ServiceCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists budgets with what was spent and is held in their present period, the oldest first.",
            discussion: """
                Examples:
                  oliver budgets list
                  oliver budgets list --workspace acme --scope team --period month
                """
        )

        @OptionGroup var service: ServiceOptions

        @Option(help: "Budgets of this workspace only.")
        var workspace: String?

        @Option(help: ArgumentHelp("Budgets of this type of scope only: \(names(ScopeType.self))."))
        var scope: String?

        @Option(help: ArgumentHelp("Budgets of this period only: \(names(PeriodKind.self))."))
        var period: String?

        @Option(help: ArgumentHelp("Budgets that do this only: \(names(BudgetAction.self))."))
        var action: String?

        @Option(help: "Budgets to list at most.")
        var limit = 100

        @Option(help: "Start where the page before ended.")
        var after: String?

        func output(_ client: ServiceClient) async throws -> CommandOutput {
            var request = ServiceRequest(.get, "/v1/budgets")
            request.add("workspace", workspace)
            request.add("scope", scope)
            request.add("period", period)
            request.add("action", action)
            request.add("limit", String(limit))
            request.add("after", after)
            return try printed(try await client.send(request)) { (page: Page<BudgetAnswer>) in
                page.text(whenEmpty: "There are no such budgets.", BudgetAnswer.table)
            }
        }
    }

    struct Create: ServiceCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes a budget; it is right when the command ends, also in the middle of a period.",
            discussion: """
                A scope is `workspace`, or a type and a value; `*` gives every value a limit of its own.

                Examples:
                  oliver budgets create "Growth monthly" --workspace acme --scope team:growth --period month \\
                    --limit 100 --action block --threshold 50 --threshold 90 --recipient lead@example.com
                  oliver budgets create "Each user's day" --workspace acme --scope 'user:*' --period day --limit 2.50
                  oliver budgets create Summaries --workspace acme --scope tag:feature=summarise --period week --limit 20
                """
        )

        @OptionGroup var service: ServiceOptions

        @Argument(help: "The budget's name.")
        var name: String

        @Option(help: "The workspace; need not be named when the API key is bound to one.")
        var workspace: String?

        @Option(help: ArgumentHelp("What it limits, like team:growth: \(names(ScopeType.self))."))
        var scope: ScopeArgument

        @Option(help: ArgumentHelp("How long it runs: \(names(PeriodKind.self))."))
        var period: String

        @Option(help: "The limit in USD.")
        var limit: String

        @Option(help: "What happens at the limit: notify only tells people, block refuses preflights too.")
        var action = BudgetAction.notify.rawValue

        @Option(
            name: .customLong("threshold"),
            help: "A percentage at which people are told; give it several times (default: 50, 80, 100)."
        )
        var thresholds: [Int] = []

        @Option(name: .customLong("recipient"), help: "An e-mail address to tell; give it several times.")
        var recipients: [String] = []

        func output(_ client: ServiceClient) async throws -> CommandOutput {
            let body = requestBody { writer in
                writer.member("name", name)
                writer.given("workspace", workspace)
                writer.key("scope")
                writer.beginObject()
                writer.member("type", scope.type)
                writer.given("id", scope.id)
                writer.endObject()
                writer.member("period", period)
                writer.member("limit_usd", limit)
                writer.member("action", action)
                writer.given("thresholds", thresholds)
                writer.given("recipients", recipients)
            }
            let answer = try await client.send(ServiceRequest(.post, "/v1/budgets", body: body))
            return try printed(answer) { (budget: BudgetAnswer) in budget.text }
        }
    }

    struct Remove: ServiceCommand {
        static let configuration = CommandConfiguration(
            commandName: "rm",
            abstract: "Ends a budget for ever; its history and its alerts stay.",
            discussion: """
                Example:
                  oliver budgets rm 0f9c2d1e-8f5b-4a8e-9c55-6c5c1d0a7a11
                """
        )

        @OptionGroup var service: ServiceOptions

        @Argument(help: "The budget's id, as `oliver budgets list` shows it.")
        var id: String

        func output(_ client: ServiceClient) async throws -> CommandOutput {
            let answer = try await client.send(ServiceRequest(.delete, "/v1/budgets", id))
            return try printed(answer) { (budget: BudgetAnswer) in budget.text }
        }
    }
}

/// A scope on the command line: `workspace`, or `type:value`.
struct ScopeArgument: ExpressibleByArgument, Sendable {
    let type: String
    let id: String?

    init?(argument: String) {
        let parts = argument.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let type = ScopeType(rawValue: String(parts[0])) else { return nil }
        guard type == .workspace || (parts.count == 2 && !parts[1].isEmpty) else { return nil }
        self.type = type.rawValue
        id = parts.count == 2 ? String(parts[1]) : nil
    }
}

/// The words of a choice, for help.
private func names<Choice: RawRepresentable & CaseIterable>(_ type: Choice.Type) -> String
where Choice.RawValue == String {
    Choice.allCases.map(\.rawValue).joined(separator: ", ")
}

extension JSONWriter {
    /// Writes a name and numbers; nothing when there are none.
    mutating func given(_ name: String, _ numbers: [Int]) {
        guard !numbers.isEmpty else { return }
        key(name)
        beginArray()
        for number in numbers { int(number) }
        endArray()
    }

    /// Writes a name and texts; nothing when there are none.
    mutating func given(_ name: String, _ texts: [String]) {
        guard !texts.isEmpty else { return }
        key(name)
        beginArray()
        for text in texts { string(text) }
        endArray()
    }
}
