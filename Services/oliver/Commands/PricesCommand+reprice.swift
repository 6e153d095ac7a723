internal import ArgumentParser
internal import ServiceRuntime

extension PricesCommand {
    struct Reprice: ServiceCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prices events again at the prices that are known now: first a preview, then for good.",
            discussion: """
                Without --apply it only says what would change. With it, a job writes the differences into the ledger, \
                each in the period of its event; `oliver prices reverse` takes them back. The same request at the same \
                prices is the same job, however often it is sent. Exits 1 when the job that it waited for did not end well.
                """
        )

        // A preview looks at millions of events.
        static let patience = Duration.seconds(900)

        @OptionGroup var service: ServiceOptions
        @OptionGroup var waiting: WaitOptions

        @Option(help: "The workspace of the events.")
        var workspace: String?

        @Flag(help: "Events of all workspaces.")
        var allWorkspaces = false

        @Option(help: "The first moment: a date-time or a day in UTC.")
        var from: Moment

        @Option(help: "The moment after the last: a date-time or a day in UTC.")
        var to: Moment

        @Option(help: "Events of this model only; may be repeated, as all filters.")
        var model: [String] = []

        @Option(help: "Events of this provider only.")
        var provider: [String] = []

        @Option(help: "Events of this team only.")
        var team: [String] = []

        @Option(help: "Events of this project only.")
        var project: [String] = []

        @Option(help: "Events of this user only.")
        var user: [String] = []

        @Option(help: "Events of this program only.")
        var sourceApp: [String] = []

        @Option(help: "Why, for the record; needed to apply.")
        var reason: String?

        @Option(help: "Who does it, for the record; the key's id is kept too.")
        var by: String?

        @Option(help: "Names the job: a second one with the same key is the first.")
        var key: String?

        @Flag(help: "Do it, instead of saying what would change.")
        var apply = false

        func validate() throws {
            guard (workspace == nil) == allWorkspaces else {
                throw ValidationError("Give --workspace, or --all-workspaces.")
            }
            guard from.time < to.time else { throw ValidationError("--from must be before --to.") }
            guard !apply || reason != nil else { throw ValidationError("--apply needs --reason.") }
        }

        func output(_ client: ServiceClient) async throws -> CommandOutput {
            let answer = try await client.send(ServiceRequest(.post, "/v1/reprice", body: body))
            if apply { return try await output(of: answer, waiting: waiting.isWaiting, client) }
            return try printed(answer) { (preview: PreviewAnswer) in preview.text }
        }

        var body: [UInt8] {
            requestBody { writer in
                writer.given("workspace", workspace)
                writer.member("from", from.text)
                writer.member("to", to.text)
                writer.key("filters")
                writer.beginObject()
                for (name, values) in [
                    ("model", model), ("provider", provider), ("team", team), ("project", project), ("user", user),
                    ("source_app", sourceApp),
                ] where !values.isEmpty {
                    writer.key(name)
                    writer.beginArray()
                    for value in values { writer.string(value) }
                    writer.endArray()
                }
                writer.endObject()
                writer.given("reason", reason)
                writer.given("author", by)
                writer.given("key", key)
                writer.key("apply")
                writer.bool(apply)
            }
        }
    }
}
