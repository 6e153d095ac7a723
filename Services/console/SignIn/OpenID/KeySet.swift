internal import JWTKit
internal import ServiceRuntime

/// The keys that a provider signs with.
///
/// Only RSA keys for RS256 and P-256 keys for ES256 are taken: with nothing else in the set, a token that claims `none`,
/// or HMAC with a public key as its secret, finds no key.
struct KeySet: Sendable {
    typealias Key = JWK

    private var keys: [String: JWK] = [:]

    /// The algorithms that are taken.
    private static let algorithms = ["RS256", "ES256"]
    /// Keys of a set at most.
    private static let limit = 64

    init() {}

    /// Reads a JWKS; what is no key of ours is left out.
    init(_ document: JSONValue) throws(OpenIDFailure) {
        guard case .array(let elements)? = document["keys"] else {
            throw .unavailable("the provider's keys are no JWKS")
        }
        for (index, key) in elements.prefix(Self.limit).enumerated() where (key["use"]?.text ?? "sig") == "sig" {
            let id = key["kid"]?.text ?? "key \(index)"
            let algorithm = key["alg"]?.text
            let identifier = JWKIdentifier(string: id)
            switch key["kty"]?.text {
            case "RSA" where (algorithm ?? "RS256") == "RS256":
                guard let modulus = key["n"]?.text, let exponent = key["e"]?.text else { continue }
                keys[id] = .rsa(.rs256, identifier: identifier, modulus: modulus, exponent: exponent)
            case "EC" where (algorithm ?? "ES256") == "ES256" && key["crv"]?.text == "P-256":
                guard let x = key["x"]?.text, let y = key["y"]?.text else { continue }
                keys[id] = .ecdsa(.es256, identifier: identifier, x: x, y: y, curve: .p256)
            default: continue
            }
        }
    }

    /// The head of a token, as far as it says how to check it.
    struct Head {
        var algorithm: String
        var keyID: String?

        /// Reads a token's first part.
        init(of token: String) throws(OpenIDFailure) {
            let parts = token.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 3, let head = Base64URL.decode(parts[0]), let json = try? JSONValue(parsing: head)
            else {
                throw .refused("the token is none")
            }
            guard let algorithm = json["alg"]?.text, KeySet.algorithms.contains(algorithm) else {
                throw .refused("the token is signed in a way that proves nothing")
            }
            guard json["crit"] == nil else { throw .refused("the token needs what is not understood") }
            self.algorithm = algorithm
            keyID = json["kid"]?.text
        }
    }

    /// The key that a token names; without a name the only one of its kind.
    func key(for head: Head) -> JWK? {
        let fitting = keys.filter { $0.value.algorithm?.rawValue == head.algorithm }
        if let id = head.keyID { return fitting[id] }
        return fitting.count == 1 ? fitting.first?.value : nil
    }

    /// Checks a token's signature by one key and reads it.
    static func verify(_ token: String, by key: JWK) async throws(OpenIDFailure) -> IDToken {
        do {
            return try await JWTKeyCollection().add(jwk: key).verify(token, as: IDToken.self)
        } catch {
            throw .refused("the token's signature is wrong, or it cannot be read")
        }
    }
}

/// Base 64 as URLs and tokens have it.
enum Base64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        var buffer: UInt32 = 0
        var bits = 0
        for byte in bytes {
            buffer = buffer << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                text.append(alphabet[Int(buffer >> UInt32(bits) & 63)])
            }
        }
        if bits > 0 { text.append(alphabet[Int(buffer << UInt32(6 - bits) & 63)]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes; nil when the text is not of the alphabet.
    static func decode(_ text: some StringProtocol) -> [UInt8]? {
        var bytes: [UInt8] = []
        var buffer: UInt32 = 0
        var bits = 0
        for character in text.utf8 where character != UInt8(ascii: "=") {
            guard let value = alphabet.firstIndex(of: character) else { return nil }
            buffer = buffer << 6 | UInt32(value)
            bits += 6
            guard bits >= 8 else { continue }
            bits -= 8
            bytes.append(UInt8(truncatingIfNeeded: buffer >> UInt32(bits)))
        }
        return bytes
    }
}
