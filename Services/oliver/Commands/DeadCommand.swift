internal import ArgumentParser
internal import Backends
internal import Domain
internal import ServiceRuntime
internal import Streams

/// Entries that their consumers gave up on.
struct DeadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead",
        abstract: "Lists, shows, replays and discards entries that could not be handled.",
        subcommands: [List.self, Show.self, Replay.self, Discard.self],
        defaultSubcommand: List.self
    )
}

extension DeadLetterID: ExpressibleByArgument {
    package init?(argument: String) {
        self.init(argument)
    }
}

extension DeadCommand {
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists dead letters, oldest first per partition.")

        @OptionGroup var installation: InstallationOptions

        @Option(help: "Letters to list at most.")
        var limit = 100

        @Option(help: "Start behind this letter.")
        var after: DeadLetterID?

        @Flag(help: "Print one JSON document.")
        var json = false

        func run() async throws {
            try await Installation.use(installation) { installation in
                let page = try await installation.streams.deadLetters(after: after, limit: max(1, min(limit, 10_000)))
                if json { return print(Self.json(page)) }
                guard !page.letters.isEmpty else { return print("There are no dead letters.") }
                let rows = page.letters.map { letter in
                    [
                        letter.id.description, letter.stage.rawValue, letter.buriedTime.rfc3339,
                        String(letter.attempts), letter.reason,
                    ]
                }
                print(TextTable([["ID", "STAGE", "BURIED AT", "ATTEMPTS", "REASON"]] + rows).text)
                if let next = page.next { print("More: --after \(next)") }
            }
        }

        private static func json(_ page: DeadLetterPage) -> String {
            var writer = JSONWriter()
            writer.beginObject()
            writer.key("items")
            writer.beginArray()
            for letter in page.letters { writer.write(letter, id: letter.id.description, withPayload: false) }
            writer.endArray()
            if let next = page.next { writer.member("next", next.description) }
            writer.endObject()
            return String(decoding: writer.bytes, as: UTF8.self)
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Shows one dead letter with what it carries.")

        @OptionGroup var installation: InstallationOptions

        @Argument(help: "The letter's id, like p07/1795000000000-0.")
        var id: DeadLetterID

        func run() async throws {
            try await Installation.use(installation) { installation in
                guard let letter = try await installation.streams.deadLetter(id) else { throw NoSuchLetter(id: id) }
                var writer = JSONWriter()
                writer.write(letter, id: letter.id.description, withPayload: true)
                print(String(decoding: writer.bytes, as: UTF8.self))
            }
        }
    }

    struct Replay: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Puts dead letters back into their streams, for the stage that gave up."
        )

        @OptionGroup var installation: InstallationOptions

        @Argument(help: "The letters' ids.")
        var ids: [DeadLetterID]

        func run() async throws {
            try await Installation.use(installation) { installation in
                for id in ids {
                    guard let entry = try await installation.streams.replay(id) else { throw NoSuchLetter(id: id) }
                    print("\(id) is back as \(entry)")
                }
            }
        }
    }

    struct Discard: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Deletes dead letters for good.")

        @OptionGroup var installation: InstallationOptions

        @Argument(help: "The letters' ids.")
        var ids: [DeadLetterID]

        func run() async throws {
            try await Installation.use(installation) { installation in
                for id in ids {
                    guard try await installation.streams.discard(id) else { throw NoSuchLetter(id: id) }
                    print("\(id) is discarded")
                }
            }
        }
    }
}

/// A letter that is not there, or no longer.
private struct NoSuchLetter: Error, CustomStringConvertible {
    let id: DeadLetterID
    var description: String { "There is no dead letter \(id). List them with `oliver dead list`." }
}
