internal import ArgumentParser
internal import Domain
internal import Redis
internal import ServiceRuntime
internal import Streams

/// What is reserved for calls that were allowed and are not yet counted.
struct HoldsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "holds",
        abstract: "Lists the holds that have not ended.",
        subcommands: [List.self],
        defaultSubcommand: List.self
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists holds, the next to expire first; those that an event has committed do not expire."
        )

        @OptionGroup var installation: InstallationOptions

        @Option(help: "Only the holds of this workspace.")
        var workspace: String?

        @Option(help: "Holds to list at most.")
        var limit = 100

        @Flag(help: "Print one JSON document.")
        var json = false

        func validate() throws {
            guard (1...100_000).contains(limit) else { throw ValidationError("--limit must be from 1 to 100000.") }
        }

        func run() async throws {
            try await Installation.use(installation) { installation in
                var records = try await records(installation)
                let isCut = records.count > limit
                if isCut { records.removeLast(records.count - limit) }
                if json { return print(Self.json(records, isCut: isCut)) }
                guard !records.isEmpty else { return print("There are no holds.") }
                let rows = records.map { record in
                    [
                        record.id, record.workspace, record.amount.usd, record.madeAt.rfc3339,
                        record.expiresAt?.rfc3339 ?? "committed", "\(record.counters.count)",
                    ]
                }
                print(TextTable([["ID", "WORKSPACE", "USD", "MADE AT", "EXPIRES AT", "COUNTERS"]] + rows).text)
                if isCut { print("There are more: see --limit.") }
            }
        }

        /// One more than asked for shows whether there are more.
        private func records(_ installation: Installation) async throws -> [HoldRecord] {
            let holds = RedisHolds(pool: installation.redis)
            let partitioning = installation.partitioning
            let partitions =
                workspace.map { [partitioning.partition(ofWorkspace: $0)] } ?? partitioning.partitions
            var found: [HoldRecord] = []
            for partition in partitions {
                var offset = 0
                while found.count <= limit {
                    let page = try await holds.list(partition, from: offset, limit: 1_000)
                    found += page.filter { record in workspace.map { $0 == record.workspace } ?? true }
                    // A hold that ended meanwhile makes a page shorter, not the list.
                    if page.isEmpty { break }
                    offset += 1_000
                }
            }
            return found
        }

        private static func json(_ records: [HoldRecord], isCut: Bool) -> String {
            var writer = JSONWriter()
            writer.beginObject()
            writer.key("items")
            writer.beginArray()
            for record in records { write(record, to: &writer) }
            writer.endArray()
            writer.key("more")
            writer.bool(isCut)
            writer.endObject()
            return String(decoding: writer.bytes, as: UTF8.self)
        }

        private static func write(_ record: HoldRecord, to writer: inout JSONWriter) {
            writer.beginObject()
            writer.member("id", record.id)
            writer.member("workspace", record.workspace)
            writer.member("amount_usd", record.amount.usd)
            writer.member("state", record.expiresAt == nil ? "committed" : "open")
            writer.member("made_at", record.madeAt.rfc3339)
            writer.key("expires_at")
            if let expiry = record.expiresAt { writer.string(expiry.rfc3339) } else { writer.null() }
            writer.key("counters")
            writer.beginArray()
            for counter in record.counters { writer.string(counter.split(separator: "\u{1F}").joined(separator: "/")) }
            writer.endArray()
            writer.endObject()
        }
    }
}
