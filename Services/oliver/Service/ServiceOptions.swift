internal import Access
internal import ArgumentParser
internal import FoundationEssentials
internal import LocalServers
internal import ServiceRuntime

/// Where a command finds the HTTP API that it asks, and how it prints what it gets.
struct ServiceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The address of the HTTP API (default: OLIVER_URL, else the installation in --home).",
            discussion: """
                The key for it is the setting OLIVER_API_KEY or OLIVER_API_KEY_FILE. For the installation in --home it \
                is the folder's admin key, unless the setting names another one.
                """
        )
    )
    var url: String?

    @Option(help: "The data folder of `oliver up` (default: OLIVER_HOME, else ~/.oliver, as root /var/lib/oliver).")
    var home: String?

    @Option(name: .customLong("config"), help: "A JSON file with settings.")
    var configurationFile: String?

    @Option(help: "Seconds that an answer may take.")
    var timeout: Int?

    @Flag(help: "Print the answer as it is: one JSON document.")
    var json = false

    func validate() throws {
        if let timeout, !(1...86_400).contains(timeout) {
            throw ValidationError("--timeout must be from 1 to 86400 seconds.")
        }
    }

    /// Connects, runs the body and closes again; an answer may take as long as `patience` when nobody says so.
    func use<Result>(
        patience: Duration,
        _ body: (ServiceClient) async throws -> Result
    ) async throws -> Result {
        let limit = timeout.map { Duration.seconds($0) } ?? patience
        return try await ServiceClient.use(try await address(environment: processEnvironment()), limit: limit, body)
    }

    /// Finds the API and the key: the arguments go before the environment, which goes before a file of settings.
    ///
    /// - Throws: `ValidationError` that says what to set, ``ServiceError`` for a key that is none.
    func address(environment: [String: String]) async throws -> ServiceAddress {
        let reader = await SettingsReader.load(
            environment: environment,
            file: configurationFile ?? environment["OLIVER_CONFIG"]
        )
        // A folder that is named on the command line is meant, whatever the environment says.
        let address = url ?? (home == nil ? reader.string("url") : nil)
        let folder = home ?? reader.string("home") ?? HomeFolder.defaultPath
        let key = reader.secret("apiKey")
        guard reader.problems.isEmpty else {
            throw ValidationError(reader.problems.map(\.description).joined(separator: "\n"))
        }
        if let address {
            // The folder's key must not go to another installation.
            guard let key else {
                throw ValidationError("Set OLIVER_API_KEY or OLIVER_API_KEY_FILE to an API key for \(address).")
            }
            return try ServiceAddress(url: address, key: key)
        }
        guard let run = try RunFile.load(fromHome: folder) else {
            throw ValidationError(
                """
                Nothing runs in \(folder). Start it with `oliver up`, name its folder with --home, or name its \
                address with --url and set OLIVER_API_KEY.
                """
            )
        }
        guard let key = key ?? Files.read("\(folder)/admin.key") else {
            throw ValidationError("\(folder)/admin.key cannot be read: set OLIVER_API_KEY to an API key.")
        }
        return try ServiceAddress(url: "http://127.0.0.1:\(run.httpPort)", key: key)
    }
}

/// Where the HTTP API of an installation is, and the key to it.
struct ServiceAddress: Sendable {
    /// Scheme, host, port and what stands before the routes' own paths, without a slash at the end.
    let base: String
    let key: RawKey

    /// Checks an address and a key.
    ///
    /// - Throws: `ValidationError`; it does not say the key.
    init(url: String, key: String) throws {
        let trimmed = String(url.reversed().drop { $0 == "/" }.reversed())
        guard let parts = URL(string: trimmed), let scheme = parts.scheme?.lowercased(),
            ["http", "https"].contains(scheme), parts.host?.isEmpty == false, parts.query == nil, parts.fragment == nil
        else {
            throw ValidationError("'\(url)' is no address of an HTTP API, like https://oliver.example.com.")
        }
        guard let key = RawKey(key.filter { !$0.isWhitespace }) else {
            throw ValidationError("The API key for \(trimmed) is none of Oliver's: they begin with 'olv_'.")
        }
        base = trimmed
        self.key = key
    }
}
