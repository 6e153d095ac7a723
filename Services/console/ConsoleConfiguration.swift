internal import ServiceRuntime

/// The settings of console.
///
/// All defaults are visible here.
package struct ConsoleConfiguration: ComponentConfiguration {
    /// Where people find Oliver: what sign-in comes back to and what links begin with, without a slash at its end.
    package var publicURL = "http://127.0.0.1:8080"
    /// The folder of the built web app; empty for the one of the installation or checkout that runs.
    package var web = ""
    /// Connections to PostgreSQL at most.
    package var postgresConnections = 6

    /// How people sign in.
    package var signIn = SignInConfiguration()
    /// Where the synthetic probe finds Oliver; `nil` for no probe.
    package var probeURL: String?
    /// The API key that the probe uses: bound to a workspace of its own, with `record`, `preflight` and `read`.
    package var probeKey: String?
    /// From one round of the probe to the next.
    package var probeInterval = Duration.seconds(60)

    package init() {}
}
