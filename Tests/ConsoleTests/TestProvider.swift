import Crypto
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceRuntime
import Synchronization
import TestSupport

/// A small real OpenID provider that says whatever a test wants it to say, also what no good provider would.
final class TestProvider: Sendable {
    /// How a token is signed.
    enum Signature: Sendable {
        case own
        /// With a key that the provider does not publish.
        case foreign
        case none
        /// HMAC with the published key as its secret.
        case publicKeyAsSecret
    }

    struct State {
        var key = P256.Signing.PrivateKey()
        var keyID = "k1"
        /// Claims of codes that are not used yet.
        var codes: [String: [String: JSONValue]] = [:]
        var signature = Signature.own
        var keyRequests = 0
        var graph: (status: HTTPResponse.Status, groups: [String]) = (.ok, [])
        var isDown = false
        var lastForm = ""
    }

    let state = Mutex(State())
    let port: Int

    private init(port: Int) {
        self.port = port
    }

    var url: String { "http://127.0.0.1:\(port)" }

    /// Publishes another key from now on.
    func rotate(to id: String) {
        state.withLock { state in
            state.key = P256.Signing.PrivateKey()
            state.keyID = id
        }
    }

    /// Registers a code that is good for a token with these claims.
    func code(_ claims: [String: JSONValue]) -> String {
        let code = "code-\(UInt64.random(in: 0 ... .max))"
        state.withLock { $0.codes[code] = claims }
        return code
    }

    // MARK: - What it answers

    private func answer(_ request: Request) async throws -> Response {
        if state.withLock({ $0.isDown }) { return Response(status: .badGateway) }
        switch request.uri.path {
        case let path where path.hasSuffix("/.well-known/openid-configuration"):
            let issuer = url + path.dropLast("/.well-known/openid-configuration".count)
            return .json([
                "issuer": .string(issuer.replacing("/contoso.com/", with: "/tenant-1/")),
                "authorization_endpoint": .string("\(url)/authorize"), "token_endpoint": .string("\(url)/token"),
                "jwks_uri": .string("\(url)/keys"),
            ])
        case "/keys": return .json(keys())
        case "/token":
            let form = String(buffer: try await request.readBody(limit: 65_536))
            return token(form)
        case "/v1.0/me/getMemberObjects":
            let (status, groups) = state.withLock { $0.graph }
            let body: JSONValue =
                status == .ok ? ["value": .array(groups.map { .string($0) })] : ["error": ["code": "Forbidden"]]
            return .json(body, status: status)
        default: return Response(status: .notFound)
        }
    }

    private func keys() -> JSONValue {
        state.withLock { state in
            state.keyRequests += 1
            let point = Array(state.key.publicKey.rawRepresentation)
            return [
                "keys": [
                    ["kty": "oct", "kid": "secret", "k": "c2VjcmV0"],
                    [
                        "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": .string(state.keyID),
                        "x": .string(base64URL(point.prefix(32))), "y": .string(base64URL(point.suffix(32))),
                    ],
                ]
            ]
        }
    }

    private func token(_ form: String) -> Response {
        let fields = form.split(separator: "&").map { $0.split(separator: "=", maxSplits: 1).map { String($0) } }
        let code = fields.first { $0.first == "code" }?.last ?? ""
        let text: String? = state.withLock { state in
            state.lastForm = form
            return state.codes.removeValue(forKey: code).map { sign($0, state) }
        }
        guard let text else { return .json(["error": "invalid_grant"], status: .badRequest) }
        return .json(["access_token": "a", "token_type": "Bearer", "id_token": .string(text)])
    }

    private func sign(_ claims: [String: JSONValue], _ state: State) -> String {
        func part(_ value: JSONValue) -> String { base64URL(value.bytes) }
        let body = part(.object(claims.sorted { $0.key < $1.key }.map { .init($0.key, $0.value) }))
        let algorithm =
            switch state.signature {
            case .own, .foreign: "ES256"
            case .none: "none"
            case .publicKeyAsSecret: "HS256"
            }
        let head = part(["alg": .string(algorithm), "typ": "JWT", "kid": .string(state.keyID)])
        let signed = Array("\(head).\(body)".utf8)
        let signature: [UInt8]
        switch state.signature {
        case .own: signature = ((try? state.key.signature(for: signed))?.rawRepresentation).map { Array($0) } ?? []
        case .foreign:
            signature =
                ((try? P256.Signing.PrivateKey().signature(for: signed))?.rawRepresentation).map { Array($0) } ?? []
        case .none: signature = []
        case .publicKeyAsSecret:
            let secret = SymmetricKey(data: Array(state.key.publicKey.pemRepresentation.utf8))
            signature = Array(HMAC<SHA256>.authenticationCode(for: signed, using: secret))
        }
        return "\(head).\(body).\(base64URL(signature))"
    }

    // MARK: - Running

    /// Runs a provider beside a test.
    static func with(_ body: @escaping @Sendable (TestProvider) async throws -> Void) async throws {
        let current = Mutex<TestProvider?>(nil)
        let answer: @Sendable (Request) async throws -> Response = { request in
            guard let provider = current.withLock({ $0 }) else { return Response(status: .serviceUnavailable) }
            return try await provider.answer(request)
        }
        try await withServer(answer) { port in
            let provider = TestProvider(port: port)
            current.withLock { $0 = provider }
            try await body(provider)
        }
    }
}

/// Runs a real HTTP server on a free port beside a test.
func withServer(
    _ answer: @escaping @Sendable (Request) async throws -> Response,
    _ body: @escaping @Sendable (_ port: Int) async throws -> Void
) async throws {
    let routes: @Sendable (Router<OliverRequestContext>) -> Void = { router in
        router.get("/**") { request, _ in try await answer(request) }
        router.post("/**") { request, _ in try await answer(request) }
    }
    try await TestServer.with(routes: routes) { server in try await body(server.port) }
}

func base64URL(_ bytes: some Sequence<UInt8>) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    let bits = bytes.flatMap { byte in (0..<8).map { byte >> (7 - UInt8($0)) & 1 } }
    let text = stride(from: 0, to: bits.count, by: 6).map { start in
        alphabet[(0..<6).reduce(0) { $0 << 1 | Int(start + $1 < bits.count ? bits[start + $1] : 0) }]
    }
    return String(decoding: text, as: UTF8.self)
}
