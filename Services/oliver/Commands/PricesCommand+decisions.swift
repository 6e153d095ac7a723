internal import ArgumentParser
internal import ServiceRuntime

extension PricesCommand {
    /// Prices that a guard kept out.
    struct Changes: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists, approves and rejects prices that a sync kept out.",
            subcommands: [List.self, Approve.self, Reject.self],
            defaultSubcommand: List.self
        )

        struct List: ServiceCommand {
            static let configuration = CommandConfiguration(abstract: "Lists changes with the rates that differ.")

            @OptionGroup var service: ServiceOptions

            @Option(help: "Changes in this state: pending, approved, rejected, superseded or all.")
            var state = "pending"

            @Option(help: "Changes to list at most.")
            var limit = 50

            @Option(help: "Start where the page before ended.")
            var after: String?

            func output(_ client: ServiceClient) async throws -> CommandOutput {
                var request = ServiceRequest(.get, "/v1/prices/changes")
                request.add("state", state == "all" ? nil : state)
                request.add("limit", String(limit))
                request.add("after", after)
                return try printed(try await client.send(request)) { (page: Page<ChangeAnswer>) in
                    page.text(
                        whenEmpty: state == "pending" ? "Nothing is to be decided." : "There are no such changes."
                    ) {
                        $0.map(\.text).joined(separator: "\n\n")
                    }
                }
            }
        }

        struct Approve: ServiceCommand {
            static let configuration = CommandConfiguration(
                abstract: "Takes a change over: its prices hold from now on."
            )

            @OptionGroup var service: ServiceOptions
            @OptionGroup var decision: DecisionOptions

            func output(_ client: ServiceClient) async throws -> CommandOutput {
                try printed(try await client.send(decision.request("approve"))) { (change: ChangeAnswer) in change.text
                }
            }
        }

        struct Reject: ServiceCommand {
            static let configuration = CommandConfiguration(
                abstract: "Refuses a change: the prices stay, and the same change is not asked about again."
            )

            @OptionGroup var service: ServiceOptions
            @OptionGroup var decision: DecisionOptions

            func output(_ client: ServiceClient) async throws -> CommandOutput {
                try printed(try await client.send(decision.request("reject"))) { (change: ChangeAnswer) in change.text }
            }
        }
    }

    /// Which change is decided, by whom and why.
    struct DecisionOptions: ParsableArguments {
        @Argument(help: "The change's id, as `oliver prices changes` shows it.")
        var id: Int64

        @Option(help: "Why, for the record.")
        var note: String?

        @Option(help: "Who decides, for the record; the key's id is kept too.")
        var by: String?

        func request(_ verb: String) -> ServiceRequest {
            let body = requestBody { writer in
                writer.given("by", by)
                writer.given("note", note)
            }
            return ServiceRequest(.post, "/v1/prices/changes", String(id), verb, body: body)
        }
    }

    /// Prices that administrators set.
    struct Override: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists, sets and ends prices that go before all others.",
            subcommands: [List.self, Set.self, End.self],
            defaultSubcommand: List.self
        )

        struct List: ServiceCommand {
            static let configuration = CommandConfiguration(abstract: "Lists overrides, the newest first.")

            @OptionGroup var service: ServiceOptions

            @Option(help: "Overrides of this workspace only.")
            var workspace: String?

            @Option(help: "Overrides of this provider only.")
            var provider: String?

            @Option(help: "Overrides in this state only: active, scheduled or ended.")
            var state: String?

            @Option(help: "Overrides to list at most.")
            var limit = 50

            @Option(help: "Start where the page before ended.")
            var after: String?

            func output(_ client: ServiceClient) async throws -> CommandOutput {
                var request = ServiceRequest(.get, "/v1/prices/overrides")
                request.add("workspace", workspace)
                request.add("provider", provider)
                request.add("state", state)
                request.add("limit", String(limit))
                request.add("after", after)
                return try printed(try await client.send(request)) { (page: Page<PriceAnswer>) in
                    page.text(whenEmpty: "There are no such overrides.") {
                        $0.map(\.text).joined(separator: "\n\n")
                    }
                }
            }
        }

        struct End: ServiceCommand {
            static let configuration = CommandConfiguration(
                abstract: "Ends an override now; one that has not begun is withdrawn."
            )

            @OptionGroup var service: ServiceOptions

            @Argument(help: "The override's id, as `oliver prices override` shows it.")
            var id: Int64

            func output(_ client: ServiceClient) async throws -> CommandOutput {
                let request = ServiceRequest(.delete, "/v1/prices/overrides", String(id))
                return try printed(try await client.send(request)) { (price: PriceAnswer) in price.text }
            }
        }
    }
}

extension PricesCommand.Override {
    struct Set: ServiceCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sets rates of one model; all others come from below.",
            discussion: """
                An open override of the same model ends where this one begins. For example:
                  oliver prices override set openai gpt-4o --rate input_cost_per_token=0.000002 --reason 'Contract 17'
                """
        )

        @OptionGroup var service: ServiceOptions

        @Argument(help: "The provider, exactly as events name it.")
        var provider: String

        @Argument(help: "The model, exactly as events name it.")
        var model: String

        @Option(
            name: .customLong("rate"),
            help: "A rate in USD, like input_cost_per_token=0.000002, custom.minutes=0.22/60; may be repeated."
        )
        var assignments: [Assignment] = []

        @Option(name: .customLong("rates"), help: "All rates as one JSON object, instead of --rate.")
        var object: ObjectText?

        @Option(help: "The only workspace that it holds for. Without it: all that the key may touch.")
        var workspace: String?

        @Option(help: "From when it holds (default: now): a date-time or a day in UTC.")
        var from: Moment?

        @Option(help: "When it ends: a date-time or a day in UTC.")
        var to: Moment?

        @Option(help: "What the model is for, such as chat, when no other price says so.")
        var mode: String?

        @Option(help: "Why, for the record.")
        var reason: String

        @Option(help: "Who sets it, for the record; the key's id is kept too.")
        var by: String?

        func validate() throws {
            guard assignments.isEmpty != (object == nil) else {
                throw ValidationError("Give rates with --rate, or all of them with --rates.")
            }
        }

        func output(_ client: ServiceClient) async throws -> CommandOutput {
            let request = ServiceRequest(.post, "/v1/prices/overrides", body: body)
            return try printed(try await client.send(request)) { (price: PriceAnswer) in price.text }
        }

        var body: [UInt8] {
            requestBody { writer in
                writer.given("workspace", workspace)
                writer.member("provider", provider)
                writer.member("model", model)
                writer.given("mode", mode)
                writer.given("valid_from", from?.text)
                writer.given("valid_to", to?.text)
                writer.member("reason", reason)
                writer.given("author", by)
                writer.key("rates")
                if let object { writer.raw(object.text) } else { writeRates(to: &writer) }
            }
        }

        private func writeRates(to writer: inout JSONWriter) {
            let prefix = "custom."
            writer.beginObject()
            for rate in assignments where !rate.name.hasPrefix(prefix) { writer.member(rate.name, rate.value) }
            let custom = assignments.filter { $0.name.hasPrefix(prefix) }
            if !custom.isEmpty {
                writer.key("custom")
                writer.beginObject()
                for rate in custom { writer.member(String(rate.name.dropFirst(prefix.count)), rate.value) }
                writer.endObject()
            }
            writer.endObject()
        }
    }
}
