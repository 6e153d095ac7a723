internal import Access
internal import Backends
internal import Directory
package import ServiceRuntime

extension ServiceDefinition<ConsoleConfiguration> {
    /// console, for its executable and for `oliver up`.
    package static let console = ServiceDefinition(
        name: "console",
        summary: "Lets people run Oliver: workspaces, keys, sign-in, the audit log, the dashboard.",
        defaultPort: 8_086,
        build: buildConsole
    )
}

/// Makes console: routes only, nothing works in its background but the copy of the directory.
package func buildConsole(_ settings: ConsoleConfiguration, _ context: BuildContext) async throws -> ServiceParts {
    var options = Backends.Options()
    options.postgresConnections = settings.postgresConnections
    let backends = try Backends(context, options: options)
    try await backends.prepare(migrations: Directory.migrations)
    let directory = try await backends.directory()
    return ServiceParts(
        name: context.name,
        services: [backends.closing, directory],
        readiness: backends.readiness + [directory.readiness]
    )
}
