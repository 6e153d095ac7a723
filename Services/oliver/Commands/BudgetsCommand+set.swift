internal import ArgumentParser
internal import Domain
internal import ServiceRuntime

extension BudgetsCommand {
    struct Set: ServiceCommand {
        static let configuration = CommandConfiguration(
            abstract: "Changes a budget, or raises its limit for some time; what was spent stays.",
            discussion: """
                Examples:
                  oliver budgets set 0f9c2d1e-… --limit 250
                  oliver budgets set 0f9c2d1e-… --raise 400 --until 2026-12-01
                  oliver budgets set 0f9c2d1e-… --end-raise
                """
        )

        @OptionGroup var service: ServiceOptions

        @Argument(help: "The budget's id, as `oliver budgets list` shows it.")
        var id: String

        @Option(help: "A new name.")
        var name: String?

        @Option(help: "A new limit in USD.")
        var limit: String?

        @Option(help: "What happens at the limit: notify or block.")
        var action: String?

        @Option(name: .customLong("threshold"), help: "New percentages at which people are told.")
        var thresholds: [Int] = []

        @Option(name: .customLong("recipient"), help: "New e-mail addresses to tell.")
        var recipients: [String] = []

        @Option(help: "A higher limit in USD for some time.")
        var raise: String?

        @Option(help: "When the raise begins (default: now).")
        var from: Moment?

        @Option(help: "When the raise ends.")
        var until: Moment?

        @Flag(help: "End the raise now.")
        var endRaise = false

        func validate() throws {
            guard (raise == nil) == (until == nil), from == nil || raise != nil else {
                throw ValidationError("A raise needs --raise and --until; --from goes with them.")
            }
            guard !(endRaise && raise != nil) else {
                throw ValidationError("Either set a raise or end it.")
            }
            guard isEdit || raise != nil || endRaise else {
                throw ValidationError("Say what is to change.")
            }
        }

        private var isEdit: Bool {
            name != nil || limit != nil || action != nil || !thresholds.isEmpty || !recipients.isEmpty
        }

        func output(_ client: ServiceClient) async throws -> CommandOutput {
            var answer: ServiceAnswer?
            if isEdit {
                let body = requestBody { writer in
                    writer.given("name", name)
                    writer.given("limit_usd", limit)
                    writer.given("action", action)
                    writer.given("thresholds", thresholds)
                    writer.given("recipients", recipients)
                }
                answer = try await client.send(ServiceRequest(.patch, "/v1/budgets", id, body: body))
            }
            if let raise {
                let body = requestBody { writer in
                    writer.member("limit_usd", raise)
                    writer.given("from", from?.text)
                    writer.given("until", until?.text)
                }
                answer = try await client.send(ServiceRequest(.put, "/v1/budgets", id, "raise", body: body))
            } else if endRaise {
                answer = try await client.send(ServiceRequest(.delete, "/v1/budgets", id, "raise"))
            }
            guard let answer else { return CommandOutput(text: "") }
            return try printed(answer) { (budget: BudgetAnswer) in budget.text }
        }
    }
}
