import Glibc

/// What one kind of server needs to be run by `ServerHost`.
protocol ServerRecipe: Sendable {
    /// How the server is called in messages.
    var name: String { get }
    /// The folder that holds all files of the server, as an absolute path without symbolic links.
    var folder: String { get }
    var log: ServerLog { get }
    /// The file in which the server notes its process number.
    var pidFile: String { get }
    var account: ServerAccount? { get }
    var stopPlan: Supervisor.StopPlan { get }
    /// The signal that ends a server of an earlier run.
    var orphanSignal: Int32 { get }
    /// Whether the supervisor removes the folder when this process dies.
    var isScratch: Bool { get }
    /// What is done for it while it runs.
    var upkeep: Upkeep { get }

    /// Makes folders and data, if they are not there.
    func prepare() async throws
    /// Writes the configuration for the port and says how to start.
    func command(port: UInt16) async throws -> Command
    /// Whether the server, now starting, answers.
    func isReady(port: UInt16) async -> Bool
}

extension ServerRecipe {
    /// Makes the server's folder, which belongs to its account and to nobody else.
    func makeOwnFolder() async throws {
        try Files.makeFolder(folder, mode: 0o700)
        guard let account else { return }
        try Files.give(folder, to: account)
        try await account.checkAccess(to: folder)
    }
}
