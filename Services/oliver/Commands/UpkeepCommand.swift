internal import ArgumentParser
internal import LocalServers

/// What `oliver up` does for its servers, for those of a home folder that somebody else has started.
///
/// The bench measures each service and server as a process of its own, and must not write this a second time.
struct UpkeepCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upkeep",
        abstract: "Sees to the servers of a home folder until it is ended.",
        shouldDisplay: false
    )

    @Option(help: "The home folder.")
    var home: String

    func run() async throws {
        try await LocalServers.upkeep(home: home)
    }
}
