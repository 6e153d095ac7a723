package import Access
package import ServiceRuntime

/// How people sign in.
package struct SignInConfiguration: ComponentConfiguration {
    /// Whether passwords kept here are good for anything.
    package var allowsPasswords = true
    /// Those who can vouch for people.
    package var providers: [ProviderSettings] = []

    package init() {}

    /// Reads the settings, below `console`.
    ///
    /// - `passwords` (bool, default true): whether people may sign in with a password that is kept here
    /// - `oidc.providers` (list, default none): names of providers beside `microsoft`, like `okta`
    /// - `oidc.microsoft.tenant` (id or domain): turns signing in with Microsoft on, for this tenant only
    /// - `oidc.<name>.issuer` (URL): where another provider's `/.well-known/openid-configuration` is
    /// - `oidc.<name>.clientID`, `oidc.<name>.clientSecret` (secret, may come as a file)
    /// - `oidc.<name>.title` (string, default the name): what the button says
    /// - `oidc.<name>.scopes` (list, default openid, profile, email)
    /// - `oidc.<name>.roles` (list): what `groups` and `roles` of the provider mean here, as `value=role`,
    ///   `value=role@workspace` or `value=role@workspace/team`; then the provider decides about roles at each sign-in
    /// - `oidc.microsoft.authority`, `oidc.microsoft.graphURL` (URL): for national clouds
    package init(reader: SettingsReader) {
        allowsPasswords = reader.bool("passwords", default: true)
        let oidc = reader.scoped(to: "oidc")
        let names = ["microsoft"] + oidc.list("providers", default: []).filter { $0 != "microsoft" }
        for name in names {
            guard name.utf8.allSatisfy({ (97...122).contains($0) || (48...57).contains($0) }), name.utf8.count <= 32
            else {
                oidc.report("providers", "names must have 1 to 32 small letters and digits, not \"\(name)\"")
                continue
            }
            if let settings = ProviderSettings(name: name, reader: oidc.scoped(to: name)) { providers.append(settings) }
        }
    }

    package func validate() -> [ConfigurationProblem] { [] }
}

/// One provider of identities.
package struct ProviderSettings: Sendable, Hashable {
    /// Names it in URLs and in what is kept of people.
    package var name: String
    /// What people call it.
    package var title: String
    /// Where its configuration is found.
    package var issuer: String
    package var clientID: String
    package var clientSecret: String?
    package var scopes = ["openid", "profile", "email"]
    /// What the provider's groups and roles mean here; empty when roles are given here only.
    package var roles: [String: [Grant]] = [:]
    /// Whether it is Microsoft's: other claims, and one tenant only.
    package var isMicrosoft = false
    /// Where groups are asked for that do not fit into a token.
    package var graphURL = "https://graph.microsoft.com"

    package init(name: String, title: String, issuer: String, clientID: String, clientSecret: String? = nil) {
        self.name = name
        self.title = title
        self.issuer = issuer
        self.clientID = clientID
        self.clientSecret = clientSecret
    }

    /// Reads one provider; nil when it is not set up, or not as it must be, which is then reported.
    init?(name: String, reader: SettingsReader) {
        let isMicrosoft = name == "microsoft"
        var issuer = reader.string("issuer")
        if isMicrosoft, let tenant = reader.string("tenant") {
            let isOne = !["common", "organizations", "consumers"].contains(tenant.lowercased())
            guard isOne, tenant.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") }) else {
                reader.report("tenant", "must be the id or a domain of one tenant")
                return nil
            }
            issuer = "\(reader.string("authority", default: "https://login.microsoftonline.com"))/\(tenant)/v2.0"
        }
        guard let issuer else {
            if !isMicrosoft { reader.report("issuer", "is missing") }
            return nil
        }
        guard Self.isSafe(issuer) else {
            reader.report("issuer", "must begin with https://, or with http:// on this machine")
            return nil
        }
        guard let clientID = reader.string("clientID") else {
            reader.report("clientID", "is missing")
            return nil
        }
        self.init(
            name: name,
            title: reader.string("title", default: isMicrosoft ? "Microsoft" : name),
            issuer: issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer,
            clientID: clientID,
            clientSecret: reader.secret("clientSecret")
        )
        self.isMicrosoft = isMicrosoft
        scopes = reader.list("scopes", default: scopes)
        graphURL = reader.string("graphURL", default: graphURL)
        for entry in reader.list("roles", default: []) {
            guard let (value, grant) = Self.role(entry) else {
                reader.report(
                    "roles",
                    "must be a list of value=role, value=role@workspace or value=role@workspace/team"
                )
                continue
            }
            roles[value, default: []].append(grant)
        }
    }

    /// Reads `value=role@workspace/team`; values may have equals signs in them.
    static func role(_ text: String) -> (value: String, grant: Grant)? {
        guard let equals = text.lastIndex(of: "="), equals != text.startIndex else { return nil }
        let parts = text[text.index(after: equals)...].split(separator: "@", maxSplits: 1)
        guard let role = parts.first.flatMap({ Role(rawValue: String($0)) }) else { return nil }
        let place = parts.count > 1 ? parts[1].split(separator: "/", maxSplits: 1).map { String($0) } : []
        guard parts.count == 1 || !place.isEmpty else { return nil }
        let grant = Grant(role: role, workspace: place.first, team: place.count > 1 ? place[1] : nil)
        return (String(text[..<equals]), grant)
    }

    /// Whether secrets may travel there: by https, or inside this machine.
    static func isSafe(_ url: String) -> Bool {
        if url.hasPrefix("https://") { return url.utf8.count > 8 }
        return ["http://127.0.0.1", "http://localhost", "http://[::1]"].contains { prefix in
            guard url.hasPrefix(prefix) else { return false }
            return url.dropFirst(prefix.count).first.map { $0 == ":" || $0 == "/" } ?? true
        }
    }
}
