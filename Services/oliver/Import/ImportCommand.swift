internal import ArgumentParser
internal import Domain
internal import ServiceRuntime

/// Usage that was recorded elsewhere.
struct ImportCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract:
            "Imports usage from a file: events, tables, LiteLLM's spend logs, OpenAI's and Anthropic's usage reports.",
        discussion: """
            The file is a table with a header (.csv), one JSON object a line (.jsonl), or JSON, as it is or in gzip (.gz). It \
            may be of any size, unless it is one JSON document (128 MiB). Events of any age are taken; the key must be an admin's. Each event has an id that the same file always gives it, so that an import \
            that was broken off is repeated with the same command, and goes on where it was. What is rejected is written to \
            FILE.rejected.jsonl with its place and its reason. Exits 0 when every event is in, 2 when some were rejected.
            """
    )
    static let patience = Duration.seconds(60)

    @OptionGroup var service: ServiceOptions

    @Argument(help: "The file.", completion: .file())
    var file: String

    @Option(help: "events, litellm, openai or anthropic (default: as the records look).")
    var format: ImportFormat?

    @Option(help: "A JSON file that says which column is which field of an event.", completion: .file())
    var mapping: String?

    @Option(help: "The workspace of events that name none; needed when the key is bound to none.")
    var workspace: String?

    @Option(
        help: "A column of a table that is not imported; may be repeated. Other columns must be fields of an event."
    )
    var ignore: [String] = []

    @Flag(help: "Check and price the events, and record nothing.")
    var dryRun = false

    /// Events in one request.
    static let batchLimit = 500
    /// Bytes of a mapping at most.
    private static let mappingLimit = 1 << 20

    func validate() throws {
        guard mapping == nil || format == nil || format == .events else {
            throw ValidationError("--mapping is for events and tables: the other formats are known.")
        }
    }

    func output(_ client: ServiceClient) async throws -> CommandOutput {
        let mappingBytes = try mapping.map { path throws(ImportError) in
            try ImportFile.bytes(of: path, limit: Self.mappingLimit)
        }
        let feed = try ImportFeed(
            try ImportRecords(path: file),
            format: mapping == nil ? format : .events,
            mapping: try mappingBytes.map { bytes throws(ImportError) in try ImportMapping(json: bytes) },
            ignoring: Set(ignore),
            workspace: workspace
        )
        let options = [format?.rawValue ?? "", workspace ?? "", String(decoding: mappingBytes ?? [], as: UTF8.self)]
        let run = ImportRun(
            client: client,
            path: file,
            fingerprint: try ImportFile.fingerprint(of: file, options: options)
        )
        let summary = dryRun ? try await run.check(feed) : try await run.record(feed)
        return CommandOutput(
            text: service.json ? summary.json : summary.text,
            exitCode: summary.rejected == 0 ? .success : ExitCode(2)
        )
    }
}
