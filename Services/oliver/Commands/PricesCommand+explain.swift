internal import ArgumentParser
internal import ServiceRuntime

extension PricesCommand {
    struct Explain: ServiceCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows a cost as arithmetic that can be checked: an event's, or that of a usage.",
            usage: """
                oliver prices explain <event-id> --workspace <workspace>
                oliver prices explain --provider <provider> --model <model> --usage <json>
                """,
            discussion: """
                The lines, their sum and the rounding are computed again here. Exits 1 when they are wrong, or when \
                the cost computed from the prices that were kept is not the one in the ledger. For example:
                  oliver prices explain --provider openai --model gpt-4o --usage '{"input_tokens":1000}'
                """
        )

        @OptionGroup var service: ServiceOptions

        @Argument(help: "The event's id.")
        var eventID: String?

        @Option(help: "The event's workspace; of a usage, the workspace whose prices count.")
        var workspace: String?

        @Option(help: "The provider of a usage.")
        var provider: String?

        @Option(help: "The model of a usage.")
        var model: String?

        @Option(help: "Quantities as a JSON object, as events have them.")
        var usage: ObjectText?

        @Option(help: "What was metered, such as chat, image or speech.")
        var operation: String?

        @Option(help: "When it was used (default: now): a date-time or a day in UTC.")
        var at: Moment?

        @Option(
            name: .customLong("attribute"),
            help: "What else decides the price, like service_tier=batch or quality=hd; may be repeated."
        )
        var attributes: [Assignment] = []

        func validate() throws {
            let isUsage = provider != nil || model != nil || usage != nil
            guard (eventID != nil) != isUsage else {
                throw ValidationError("Give an event's id, or --provider, --model and --usage.")
            }
            guard !isUsage || (provider != nil && model != nil && usage != nil) else {
                throw ValidationError("A usage needs --provider, --model and --usage.")
            }
            guard eventID == nil || (operation == nil && at == nil && attributes.isEmpty) else {
                throw ValidationError(
                    "An event says itself what it is: --operation, --at and --attribute are for usages."
                )
            }
        }

        func output(_ client: ServiceClient) async throws -> CommandOutput {
            if let eventID { return try await explain(eventID, client) }
            let answer = try await client.send(ServiceRequest(.post, "/v1/estimate", body: body))
            guard let item = try answer.read(as: EstimateAnswer.self).items.first else {
                throw ServiceError.unreadable("it has no item", base: answer.base)
            }
            switch item {
            case .problem(let problem): throw ServiceError.problem(problem)
            case .explanation(let explanation):
                return CommandOutput(
                    text: service.json ? answer.text : explanation.text,
                    exitCode: explanation.check.flaws.isEmpty ? .success : .failure
                )
            }
        }

        private func explain(_ eventID: String, _ client: ServiceClient) async throws -> CommandOutput {
            var request = ServiceRequest(.get, "/v1/explain")
            request.add("event_id", eventID)
            request.add("workspace", workspace)
            let answer = try await client.send(request)
            let event: EventExplanationAnswer = try answer.read()
            return CommandOutput(
                text: service.json ? answer.text : event.text,
                exitCode: event.isRight ? .success : .failure
            )
        }

        /// The body of an estimate of one item.
        var body: [UInt8] {
            requestBody { writer in
                writer.key("items")
                writer.beginArray()
                writer.beginObject()
                writer.given("workspace", workspace)
                writer.given("provider", provider)
                writer.given("model", model)
                writer.given("operation", operation)
                writer.given("occurred_at", at?.text)
                if let usage {
                    writer.key("usage")
                    writer.raw(usage.text)
                }
                for attribute in attributes {
                    writer.key(attribute.name)
                    switch attribute.value {
                    case "true", "false": writer.bool(attribute.value == "true")
                    default: writer.string(attribute.value)
                    }
                }
                writer.endObject()
                writer.endArray()
            }
        }
    }
}
