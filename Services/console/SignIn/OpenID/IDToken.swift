internal import Domain
internal import JWTKit
internal import ServiceRuntime

/// What an identity token says; nothing of it is true before ``check(_:)``.
struct IDToken: JWTPayload {
    /// One text or several: `aud` comes as both.
    enum Texts: Codable, Sendable {
        case one(String)
        case many([String])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .one(text)
            } else {
                self = .many(try container.decode([String].self))
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .one(let text): try container.encode(text)
            case .many(let texts): try container.encode(texts)
            }
        }

        var all: [String] {
            switch self {
            case .one(let text): [text]
            case .many(let texts): texts
            }
        }
    }

    /// Yes or no, which some providers write as texts or numbers.
    struct Flag: Codable, Sendable {
        var isOn: Bool

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let flag = try? container.decode(Bool.self) {
                isOn = flag
            } else if let text = try? container.decode(String.self) {
                isOn = text == "true" || text == "1"
            } else {
                isOn = (try? container.decode(Int.self)) == 1
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            try container.encode(isOn)
        }
    }

    var iss: String
    var sub: String
    var aud: Texts
    var azp: String?
    var exp: Double
    var iat: Double
    var nbf: Double?
    var nonce: String?
    var email: String?
    var emailVerified: Flag?
    var name: String?
    var preferredUsername: String?
    /// Microsoft's: the tenant, the user in it, and whether the address is of a domain that the tenant owns.
    var tid: String?
    var oid: String?
    var edov: Flag?
    var groups: [String]?
    var roles: [String]?
    /// Names of claims that did not fit, as `groups` when there are too many of them.
    var claimNames: [String: String]?

    enum CodingKeys: String, CodingKey {
        case iss, sub, aud, azp, exp, iat, nbf, nonce, email, name, tid, oid, groups, roles
        case emailVerified = "email_verified"
        case preferredUsername = "preferred_username"
        case edov = "xms_edov"
        case claimNames = "_claim_names"
    }

    /// Claims are checked by ``check(_:)``, with a clock that is given.
    func verify(using algorithm: some JWTAlgorithm) async throws {}

    /// What a token must say to be meant for us, now, and for this sign-in.
    struct Expectation {
        var issuer: String
        var clientID: String
        var nonce: String
        /// Microsoft's tenant by its id, when only one is good.
        var tenant: String?
        var now: Timestamp
    }

    /// How far clocks may be apart.
    private static let skew = 60.0

    /// Makes sure that the token is meant for us.
    ///
    /// - Throws: ``OpenIDFailure``, which names the claim at fault.
    func check(_ expected: Expectation) throws(OpenIDFailure) {
        let now = Double(expected.now.microseconds) / 1_000_000
        guard iss == expected.issuer else { throw .refused("the token has another issuer") }
        guard aud.all.contains(expected.clientID) else { throw .refused("the token is for another audience") }
        guard azp.map({ $0 == expected.clientID }) ?? (aud.all.count == 1) else {
            throw .refused("the token was made for another party")
        }
        guard exp.isFinite, exp > now - Self.skew else { throw .refused("the token has expired") }
        guard iat.isFinite, iat < now + Self.skew, nbf.map({ $0 < now + Self.skew }) ?? true else {
            throw .refused("the token is from the future")
        }
        guard nonce == expected.nonce else { throw .refused("the token belongs to another sign-in") }
        guard (1...255).contains(sub.utf8.count) else { throw .refused("the token names nobody") }
        if let tenant = expected.tenant, tid != tenant { throw .refused("the token is of another tenant") }
    }
}
