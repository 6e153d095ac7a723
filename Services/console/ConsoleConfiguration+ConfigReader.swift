package import ServiceRuntime

extension ConsoleConfiguration {
    /// Reads the settings, below `console` in the file, `OLIVER_CONSOLE_…` in the environment.
    ///
    /// - `publicURL` (URL, default http://127.0.0.1:8080): where people find Oliver
    /// - sign-in: see ``SignInConfiguration``
    /// - `web` (path, default: the installation's `share/oliver/web` or the checkout's `Web/dist`): the built web app
    /// - `probeURL` (URL, optional): where the synthetic probe finds Oliver; without it there is none
    /// - `probeKey` (secret): the API key that it uses
    /// - `probeInterval` (duration, default 60s, 1s–1h): from one round to the next
    /// - `postgresConnections` (int, default 6, 1–64): connections to PostgreSQL at most
    package init(reader: SettingsReader) {
        self.init(reader: reader, defaultPublicURL: ConsoleConfiguration().publicURL)
    }

    /// Reads the settings of a process that knows where people find it.
    package init(reader: SettingsReader, defaultPublicURL: String) {
        self.init()
        publicURL = reader.string("publicURL", default: defaultPublicURL)
        if publicURL.hasSuffix("/") { publicURL.removeLast() }
        signIn = SignInConfiguration(reader: reader)
        web = reader.string("web", default: web)
        probeURL = reader.string("probeURL")
        if probeURL?.hasSuffix("/") == true { probeURL?.removeLast() }
        probeKey = reader.secret("probeKey")
        let intervals = Duration.seconds(1)...Duration.seconds(3_600)
        probeInterval = reader.duration("probeInterval", default: probeInterval, in: intervals)
        postgresConnections = reader.int("postgresConnections", default: postgresConnections, in: 1...64)
    }

    package func validate() -> [ConfigurationProblem] {
        let isURL = ["http://", "https://"].contains { publicURL.hasPrefix($0) && publicURL.count > $0.count }
        if !isURL || publicURL.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7F || $0 == UInt8(ascii: "\"") }) {
            return [ConfigurationProblem("console.publicURL", "must begin with http:// or https://")]
        }
        if probeURL != nil, probeKey == nil {
            return [ConfigurationProblem("console.probeKey", "must be set where console.probeURL is")]
        }
        return []
    }
}
