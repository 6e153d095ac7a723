package import LocalServers
import Logging

/// Lends a running Redis of its own, empty, which the body may restart, kill and freeze.
///
/// It is gone with its data afterwards, also when the test process is killed.
package func withPrivateRedis<Result>(
    durability: LocalRedis.Durability = .everySecond,
    _ body: (LocalRedis, _ url: String) async throws -> Result
) async throws -> Result {
    var configuration = LocalRedis.Configuration(folder: try ScratchFolder.make(), secret: Secrets.random())
    configuration.durability = durability
    configuration.memoryLimit = 512
    configuration.isScratch = true
    let redis = try LocalRedis(configuration, logger: .quiet)
    return try await lend(redis, stop: { await redis.stop() }, folder: configuration.folder) {
        try await body(redis, try await redis.start())
    }
}

/// Lends the address of a running, empty Redis.
///
/// It starts in a few hundredths of a second.
package func withRedis<Result>(_ body: (_ url: String) async throws -> Result) async throws -> Result {
    try await withPrivateRedis { _, url in try await body(url) }
}

/// Runs the body and stops the server afterwards, whatever happened; then removes what it left.
func lend<Server: Sendable, Result>(
    _ server: Server,
    stop: () async -> Void,
    folder: String,
    body: () async throws -> Result
) async throws -> Result {
    do {
        let result = try await body()
        await stop()
        Files.removeFolder(folder)
        return result
    } catch {
        await stop()
        Files.removeFolder(folder)
        throw error
    }
}
