package import LocalServers
import Logging

/// Lends a running PostgreSQL of its own, which the body may restart and kill.
///
/// Making one takes about two seconds: use `withPostgres` unless the server itself is harmed.
///
/// It is gone with its data afterwards, also when the test process is killed. A crash of the server loses nothing
/// committed; only a power cut would.
package func withPrivatePostgres<Result>(
    durability: LocalPostgres.Durability = .none,
    _ body: (LocalPostgres, _ url: String) async throws -> Result
) async throws -> Result {
    let (postgres, folder) = try makePostgres(durability: durability)
    return try await lend(postgres, stop: { await postgres.stop() }, folder: folder) {
        try await body(postgres, try await postgres.start())
    }
}

/// Lends the address of an empty database of its own on a server that all tests of the process share.
package func withPostgres<Result>(_ body: (_ url: String) async throws -> Result) async throws -> Result {
    let postgres = try await SharedPostgres.instance.server()
    let name = "t\(Secrets.random().prefix(16))"
    let url = try await postgres.createDatabase(name)
    do {
        let result = try await body(url)
        try await postgres.dropDatabase(name)
        return result
    } catch {
        try? await postgres.dropDatabase(name)
        throw error
    }
}

/// The cluster that the tests of one process share. It ends, and its folder goes, when the process ends.
private actor SharedPostgres {
    static let instance = SharedPostgres()
    private var starting: Task<LocalPostgres, any Error>?

    /// The running server; the first caller starts it.
    func server() async throws -> LocalPostgres {
        if let starting { return try await starting.value }
        // A task of its own: the start must not end with the test that happened to ask first.
        let task = Task {
            let (postgres, _) = try makePostgres(durability: .none)
            try await postgres.start()
            return postgres
        }
        starting = task
        return try await task.value
    }
}

private func makePostgres(durability: LocalPostgres.Durability) throws -> (LocalPostgres, folder: String) {
    var configuration = LocalPostgres.Configuration(folder: try ScratchFolder.make(), secret: Secrets.random())
    configuration.durability = durability
    configuration.connectionLimit = 200
    configuration.sharedBuffers = 128
    configuration.isScratch = true
    return (try LocalPostgres(configuration, logger: .quiet), configuration.folder)
}
