internal import ArgumentParser
internal import Domain
internal import ServiceRuntime
internal import Wire

/// A command that asks the HTTP API and prints what comes.
protocol ServiceCommand: AsyncParsableCommand {
    var service: ServiceOptions { get }
    /// How long an answer may take when nobody says so.
    static var patience: Duration { get }
    /// Asks, and says what to print.
    func output(_ client: ServiceClient) async throws -> CommandOutput
}

/// What a command prints, and how it ends.
struct CommandOutput: Sendable {
    var text: String
    var exitCode = ExitCode.success
}

extension ServiceCommand {
    static var patience: Duration { .seconds(60) }

    func run() async throws {
        let output = try await service.use(patience: Self.patience) { try await self.output($0) }
        print(output.text.withoutControls)
        guard output.exitCode == .success else { throw output.exitCode }
    }

    /// Sends a request and prints its answer as a table, or as it is.
    func printed<Answer: Decodable>(
        _ answer: ServiceAnswer,
        _ text: (Answer) -> String
    ) throws -> CommandOutput {
        service.json ? CommandOutput(text: answer.text) : CommandOutput(text: text(try answer.read()))
    }
}

extension String {
    /// The text without what a terminal would obey: names and reasons come from whoever recorded them.
    fileprivate var withoutControls: String {
        let isHarmful = { (scalar: Unicode.Scalar) in
            scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
        }
        guard unicodeScalars.contains(where: isHarmful) else { return self }
        return String(String.UnicodeScalarView(unicodeScalars.map { isHarmful($0) ? "\u{FFFD}" : $0 }))
    }
}

/// A moment on the command line: a date-time, or a day, which is its beginning in UTC.
struct Moment: ExpressibleByArgument, Sendable {
    let time: Timestamp

    init?(argument: String) {
        guard let time = Timestamp(rfc3339: argument) ?? Timestamp(rfc3339: "\(argument)T00:00:00Z") else {
            return nil
        }
        self.time = time
    }

    /// As the API reads it.
    var text: String { time.rfc3339 }
}

/// An assignment on the command line: `name=value`.
struct Assignment: ExpressibleByArgument, Sendable {
    let name: String
    let value: String

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, argument.first != "=" else { return nil }
        name = String(parts[0])
        value = String(parts[1])
    }
}

/// A JSON object on the command line.
struct ObjectText: ExpressibleByArgument, Sendable {
    let text: String

    init?(argument: String) {
        var reader = JSONReader(Array(argument.utf8))
        do {
            guard try reader.peek() == .object else { return nil }
            try reader.skipValue()
            try reader.finish()
        } catch {
            return nil
        }
        text = argument
    }
}

/// Writes a request's body.
func requestBody(_ write: (inout JSONWriter) -> Void) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    write(&writer)
    writer.endObject()
    return writer.bytes
}

extension JSONWriter {
    /// Writes a name and a string; nothing when there is none.
    mutating func given(_ name: String, _ value: String?) {
        if let value { member(name, value) }
    }
}
