/// A service as its thin executable and `oliver up` know it.
package struct ServiceDefinition<Settings: ComponentConfiguration>: Sendable {
    /// The executable's name.
    package let name: String
    /// One sentence for `--help`.
    package let summary: String
    /// The port of the separate executable when `OLIVER_PORT` is not set.
    ///
    /// Each service has its own, so that all can run on one machine.
    package let defaultPort: Int
    /// How far the separate executable steps back behind others when cores are short, 0 to 19, when `OLIVER_NICE` is
    /// not set.
    ///
    /// What works behind a queue can wait; who answers requests cannot.
    package let niceness: Int
    /// Makes the service's parts.
    ///
    /// May connect and migrate; must not start background work.
    package let build: @Sendable (Settings, BuildContext) async throws -> ServiceParts

    package init(
        name: String,
        summary: String,
        defaultPort: Int,
        niceness: Int = 0,
        build: @escaping @Sendable (Settings, BuildContext) async throws -> ServiceParts
    ) {
        self.name = name
        self.summary = summary
        self.defaultPort = defaultPort
        self.niceness = niceness
        self.build = build
    }
}
