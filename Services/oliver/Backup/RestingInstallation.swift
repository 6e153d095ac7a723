internal import ArgumentParser
internal import LocalServers
internal import Logging
internal import ServiceRuntime

extension InstallationOptions {
    /// Runs with the servers of an installation: those that run, or, of a folder at rest, its own for as long.
    ///
    /// - Parameter body: Given the settings, and whether the folder's own servers were started for it.
    /// - Returns: What `body` returns.
    /// - Throws: `ValidationError`; what the servers or `body` throw.
    func withServers<Result>(
        _ body: (_ common: CommonConfiguration, _ isAtRest: Bool) async throws -> Result
    ) async throws -> Result {
        let environment = processEnvironment()
        let reader = await SettingsReader.load(
            environment: environment,
            file: configurationFile ?? environment["OLIVER_CONFIG"]
        )
        var common = CommonConfiguration(reader: reader)
        guard reader.problems.isEmpty else {
            throw ValidationError(reader.problems.map(\.description).joined(separator: "\n"))
        }
        let folder = home ?? common.home ?? HomeFolder.defaultPath
        let isOutside = reader.secret("redis.url") != nil && reader.secret("postgres.url") != nil
        if isOutside { return try await body(common, false) }
        if try RunFile.load(fromHome: folder) != nil { return try await body(try await settings(), false) }
        guard Files.exists(folder) || home != nil else {
            throw ValidationError("There is no folder \(folder). Name one with --home.")
        }
        var logger = Logger(label: "oliver")
        logger.logLevel = .error
        let servers = try LocalServers(home: try HomeFolder(path: folder), logger: logger)
        let addresses = try await servers.start()
        common.redisURL = addresses.redisURL
        common.postgresURL = addresses.postgresURL
        do {
            let result = try await body(common, true)
            await servers.stop()
            return result
        } catch {
            await servers.stop()
            throw error
        }
    }
}
