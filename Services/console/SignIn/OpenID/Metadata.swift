internal import ServiceRuntime

/// What a provider says of itself (OpenID Connect Discovery 1.0).
struct Metadata: Sendable {
    var issuer: String
    var authorizationEndpoint: String
    var tokenEndpoint: String
    var keysURL: String
    var userinfoEndpoint: String?
    /// Whether it takes the client's secret as `Authorization: Basic`, which is the standard.
    var takesBasic: Bool
    /// Microsoft's tenant by its id.
    var tenant: String?

    /// Reads the document of a provider.
    ///
    /// - Throws: ``OpenIDFailure`` when it speaks for another issuer, or sends secrets where they could be read.
    init(_ json: JSONValue, of settings: ProviderSettings) throws(OpenIDFailure) {
        func url(_ name: String) throws(OpenIDFailure) -> String {
            guard let url = json[name]?.text, ProviderSettings.isSafe(url), url.utf8.count <= 2_048 else {
                throw .unavailable("the provider's configuration has no usable \(name)")
            }
            return url
        }
        issuer = try url("issuer")
        let own = issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer
        if settings.isMicrosoft {
            // A tenant may be set by its domain: the issuer has its id.
            let parts = own.split(separator: "/")
            guard parts.count >= 3, parts.last == "v2.0", !own.contains("{") else {
                throw .unavailable("the provider's configuration is of no single tenant")
            }
            tenant = String(parts[parts.count - 2])
        } else {
            guard own == settings.issuer else { throw .unavailable("the provider's configuration is another issuer's") }
        }
        authorizationEndpoint = try url("authorization_endpoint")
        tokenEndpoint = try url("token_endpoint")
        keysURL = try url("jwks_uri")
        userinfoEndpoint = json["userinfo_endpoint"] == nil ? nil : try url("userinfo_endpoint")
        if case .array(let methods)? = json["token_endpoint_auth_methods_supported"] {
            takesBasic = methods.contains { $0.text == "client_secret_basic" }
        } else {
            takesBasic = true
        }
    }
}
