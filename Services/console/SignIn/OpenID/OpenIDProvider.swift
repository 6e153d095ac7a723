internal import Crypto
internal import Domain
package import ServiceRuntime

/// One provider: what it says of itself and its keys, cached, and the exchange of codes for identities.
///
/// An actor, because a document that has run out is fetched in the middle of a sign-in and then serves the others.
package actor OpenIDProvider {
    package nonisolated let settings: ProviderSettings
    private let fetcher = OpenIDFetcher()
    private let clock: any WallClock

    private var metadata: (document: Metadata, fetchedAt: Timestamp)?
    private var keys: (set: KeySet, fetchedAt: Timestamp)?

    /// How long documents are good for.
    private static let lifetime = Duration.seconds(3_600)
    /// The least time between two looks for a key that is not known: anyone who signs in can name one.
    private static let pause = Duration.seconds(10)

    package init(_ settings: ProviderSettings, clock: any WallClock) {
        self.settings = settings
        self.clock = clock
    }

    /// Where the browser goes to sign in.
    package func authorizationURL(redirect: String, state: String, nonce: String, verifier: String)
        async throws(OpenIDFailure)
        -> String
    {
        let endpoint = try await discovered().authorizationEndpoint
        let challenge = Base64URL.encode(SHA256.hash(data: Array(verifier.utf8)))
        let query = FormText.encode([
            ("response_type", "code"), ("response_mode", "query"), ("client_id", settings.clientID),
            ("redirect_uri", redirect), ("scope", settings.scopes.joined(separator: " ")), ("state", state),
            ("nonce", nonce), ("code_challenge", challenge), ("code_challenge_method", "S256"),
        ])
        return endpoint + (endpoint.contains("?") ? "&" : "?") + query
    }

    /// Exchanges a code for an identity and proves it.
    package func identity(code: String, redirect: String, verifier: String, nonce: String) async throws(OpenIDFailure)
        -> ProvenIdentity
    {
        let metadata = try await discovered()
        let answer = try await exchange(code: code, redirect: redirect, verifier: verifier, at: metadata)
        guard let text = answer["id_token"]?.text, text.utf8.count <= 64 << 10 else {
            throw .refused("the provider sent no identity token")
        }
        let head = try KeySet.Head(of: text)
        let token = try await KeySet.verify(text, by: try await key(for: head, at: metadata))
        try token.check(
            IDToken.Expectation(
                issuer: metadata.issuer,
                clientID: settings.clientID,
                nonce: nonce,
                tenant: settings.isMicrosoft ? metadata.tenant : nil,
                now: clock.now
            )
        )
        return try await identity(from: token, accessToken: answer["access_token"]?.text, at: metadata)
    }

    private func exchange(
        code: String,
        redirect: String,
        verifier: String,
        at metadata: Metadata
    ) async throws(OpenIDFailure) -> JSONValue {
        var form = [
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect),
            ("client_id", settings.clientID), ("code_verifier", verifier),
        ]
        guard let secret = settings.clientSecret else {
            return try await fetcher.post(metadata.tokenEndpoint, form: form)
        }
        if metadata.takesBasic {
            return try await fetcher.post(metadata.tokenEndpoint, form: form, basic: (settings.clientID, secret))
        }
        form.append(("client_secret", secret))
        return try await fetcher.post(metadata.tokenEndpoint, form: form)
    }

    private func identity(
        from token: IDToken,
        accessToken: String?,
        at metadata: Metadata
    ) async throws(OpenIDFailure) -> ProvenIdentity {
        var name = token.name
        var email = token.email
        var isVerified = token.emailVerified?.isOn ?? false
        if settings.isMicrosoft {
            (email, isVerified) = Self.microsoftAddress(of: token)
        } else if email == nil || name == nil, let endpoint = metadata.userinfoEndpoint, let accessToken {
            let info = try await fetcher.get(endpoint, bearer: accessToken)
            guard info["sub"]?.text == token.sub else { throw .refused("the provider tells of somebody else") }
            name = name ?? info["name"]?.text
            if email == nil {
                email = info["email"]?.text
                isVerified = info["email_verified"] == .bool(true) || info["email_verified"]?.text == "true"
            }
        }
        var memberships = Set((token.groups ?? []) + (token.roles ?? []))
        if token.claimNames?["groups"] != nil, !settings.roles.isEmpty {
            memberships.formUnion(try await groups(accessToken))
        }
        return ProvenIdentity(
            subject: token.sub,
            name: name ?? token.preferredUsername,
            email: email,
            isEmailVerified: isVerified,
            mustProveEmail: settings.isMicrosoft && token.preferredUsername == nil,
            memberships: memberships
        )
    }

    /// Whom Microsoft's token names, and whether the address is known to be theirs.
    private static func microsoftAddress(of token: IDToken) -> (email: String?, isVerified: Bool) {
        guard let name = token.preferredUsername else {
            // The mail attribute of an account is any text until Microsoft says that its domain is the tenant's.
            return (token.email, token.edov?.isOn == true || token.emailVerified?.isOn == true)
        }
        // In the one tenant whose administrators set up this sign-in, names of accounts are theirs to give; what a guest
        // brings along is not.
        return (name, token.edov?.isOn ?? !name.lowercased().contains("#ext#"))
    }

    /// The groups of somebody who is in more than a token holds, asked of Microsoft Graph.
    private func groups(_ accessToken: String?) async throws(OpenIDFailure) -> [String] {
        guard let accessToken else {
            throw .refused("there are too many groups for a token, and no other way to know them")
        }
        let url = "\(settings.graphURL)/v1.0/me/getMemberObjects"
        do throws(OpenIDFailure) {
            let answer = try await fetcher.post(url, json: ["securityEnabledOnly": true], bearer: accessToken)
            guard case .array(let ids)? = answer["value"] else {
                throw OpenIDFailure.unavailable("Graph answers nonsense")
            }
            return ids.prefix(20_000).compactMap(\.text)
        } catch  where error.kind == .refused {
            throw .refused(
                "there are too many groups for a token, and Graph does not tell them: give the application the permission "
                    + "User.Read and GroupMember.Read.All, or let Microsoft send only the groups assigned to it"
            )
        }
    }

    private func key(for head: KeySet.Head, at metadata: Metadata) async throws(OpenIDFailure) -> KeySet.Key {
        let now = clock.now
        if let keys, now < keys.fetchedAt.adding(Self.lifetime), let key = keys.set.key(for: head) { return key }
        if let keys, now < keys.fetchedAt.adding(Self.pause) { throw .refused("the token is signed by an unknown key") }
        let set = try KeySet(try await fetcher.get(metadata.keysURL))
        keys = (set, now)
        guard let key = set.key(for: head) else { throw .refused("the token is signed by an unknown key") }
        return key
    }

    private func discovered() async throws(OpenIDFailure) -> Metadata {
        let now = clock.now
        if let metadata, now < metadata.fetchedAt.adding(Self.lifetime) { return metadata.document }
        do throws(OpenIDFailure) {
            let json = try await fetcher.get("\(settings.issuer)/.well-known/openid-configuration")
            let document = try Metadata(json, of: settings)
            metadata = (document, now)
            return document
        } catch {
            // What it said an hour ago is better than nothing for a day.
            if let metadata, now < metadata.fetchedAt.adding(.seconds(86_400)) { return metadata.document }
            throw error
        }
    }
}
