internal import ArgumentParser
internal import ServiceRuntime

/// Prices: where they come from, what they are and were, and what they make of events.
struct PricesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prices",
        abstract: "Shows and syncs prices, explains costs, and prices events again.",
        subcommands: [
            Show.self, Sync.self, Syncs.self, Changes.self, Override.self, Explain.self, Unpriced.self, Reprice.self,
            Jobs.self, Reverse.self,
        ]
    )
}

extension PricesCommand {
    struct Show: ServiceCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the prices that hold now, or shows every version of one model's.",
            usage: """
                oliver prices show [<search>] [--provider <provider>] [--source <source>] [--mode <mode>]
                oliver prices show <provider> <model>
                """,
            discussion: "Rates are in USD; `0.22/3600` is 0.22 USD for 3,600 units."
        )

        @OptionGroup var service: ServiceOptions

        @Argument(help: "A part of the models' keys, the likest come first; or a provider and a model.")
        var names: [String] = []

        @Option(help: "Prices of this provider only.")
        var provider: String?

        @Option(help: "Prices of this source only: litellm, catalogue or override.")
        var source: String?

        @Option(help: "Prices of this mode only, such as chat or embedding.")
        var mode: String?

        @Option(help: "Prices to list at most.")
        var limit = 50

        @Option(help: "Start where the page before ended.")
        var after: String?

        func validate() throws {
            guard names.count <= 2 else {
                throw ValidationError("Give a part of a key, or a provider and a model.")
            }
            guard names.count < 2 || (provider == nil && source == nil && mode == nil && after == nil) else {
                throw ValidationError("All versions of one model are shown: filters are for lists.")
            }
        }

        func output(_ client: ServiceClient) async throws -> CommandOutput {
            if names.count == 2 {
                let answer = try await client.send(ServiceRequest(.get, "/v1/prices", names[0], names[1]))
                return try printed(answer) { (history: PriceHistoryAnswer) in history.text }
            }
            var request = ServiceRequest(.get, "/v1/prices")
            request.add("search", names.first)
            request.add("provider", provider)
            request.add("source", source)
            request.add("mode", mode)
            request.add("limit", String(limit))
            request.add("after", after)
            return try printed(try await client.send(request)) { (page: Page<PriceAnswer>) in
                page.text(whenEmpty: "There are no such prices.", PriceAnswer.table)
            }
        }
    }

    struct Sync: ServiceCommand {
        static let configuration = CommandConfiguration(
            abstract: "Fetches the price map now, and says what changed.",
            discussion: "Exits 1 when there was no map to be had, or none to be trusted; the prices are then as before."
        )

        // The server asks three times, with pauses.
        static let patience = Duration.seconds(600)

        @OptionGroup var service: ServiceOptions

        func output(_ client: ServiceClient) async throws -> CommandOutput {
            let answer = try await client.send(ServiceRequest(.post, "/v1/prices/sync"))
            let sync: SyncAnswer = try answer.read()
            return CommandOutput(
                text: service.json ? answer.text : sync.text,
                exitCode: sync.isGood ? .success : .failure
            )
        }
    }

    struct Syncs: ServiceCommand {
        static let configuration = CommandConfiguration(abstract: "Lists the syncs of the price map, the newest first.")

        @OptionGroup var service: ServiceOptions

        @Option(help: "Syncs to list at most.")
        var limit = 20

        @Option(help: "Start where the page before ended.")
        var after: String?

        func output(_ client: ServiceClient) async throws -> CommandOutput {
            var request = ServiceRequest(.get, "/v1/prices/syncs")
            request.add("limit", String(limit))
            request.add("after", after)
            return try printed(try await client.send(request)) { (page: Page<SyncAnswer>) in
                page.text(whenEmpty: "There was no sync.", SyncAnswer.table)
            }
        }
    }

    struct Unpriced: ServiceCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists what was used and has no price.",
            discussion: "As soon as there is a rate, these events are priced in the period that they belong to."
        )

        @OptionGroup var service: ServiceOptions

        @Option(help: "Events of this workspace only.")
        var workspace: String?

        @Option(help: "Lines to list at most.")
        var limit = 100

        @Option(help: "Start where the page before ended.")
        var after: String?

        func output(_ client: ServiceClient) async throws -> CommandOutput {
            var request = ServiceRequest(.get, "/v1/unpriced")
            request.add("workspace", workspace)
            request.add("limit", String(limit))
            request.add("after", after)
            return try printed(try await client.send(request)) { (page: Page<UnpricedAnswer>) in
                page.text(whenEmpty: "Everything has a price.", UnpricedAnswer.table)
            }
        }
    }
}
