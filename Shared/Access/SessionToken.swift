internal import Crypto
package import Hummingbird
package import ServiceRuntime

/// A secret of 256 bits, as a browser or a link holds it: only its SHA-256 is kept.
package struct SessionToken: Sendable, Hashable, CustomStringConvertible {
    /// The whole secret; show it to its owner only.
    package let text: String

    private static let length = 43
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// Draws a token from the system's secure random numbers.
    package static func generate() -> SessionToken {
        // 43 of 64 characters are 258 bits.
        let bytes = (0..<length).map { _ in alphabet[Int.random(in: 0..<alphabet.count)] }
        return SessionToken(text: String(decoding: bytes, as: UTF8.self))
    }

    private init(text: String) {
        self.text = text
    }

    /// Takes a token that a client sent; nil when it cannot be one of ours.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count == Self.length, text.utf8.allSatisfy({ Self.alphabet.contains($0) }) else { return nil }
        self.text = String(text)
    }

    /// What is stored of it.
    package var hash: KeyHash {
        KeyHash(of: text.utf8)
    }

    /// What a page must send along with every change: it follows from the session's token, which no other site can read.
    package var csrfToken: String {
        SHA256.hash(data: Array("oliver csrf \(text)".utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
            .joined()
    }

    package var description: String { "session token" }
}

/// The cookie that a browser sends with every request of a person who signed in.
package struct SessionCookie: Sendable, Hashable {
    package let token: SessionToken
    /// Whether it is the cookie of an installation that is reached by https: browsers let nobody else set that one.
    package let isSecure: Bool

    package init(_ token: SessionToken, isSecure: Bool) {
        self.token = token
        self.isSecure = isSecure
    }

    /// The cookie of a request, if it has one that can be ours.
    package init?(of request: Request) {
        guard request.headers[.cookie] != nil else { return nil }
        for isSecure in [true, false] {
            guard let token = request.cookies[Self.name(isSecure: isSecure)].flatMap({ SessionToken($0.value) }) else {
                continue
            }
            self.init(token, isSecure: isSecure)
            return
        }
        return nil
    }

    /// The cookie's name; the prefix makes browsers insist on `Secure`, `Path=/` and no domain.
    package static func name(isSecure: Bool) -> String {
        isSecure ? "__Host-oliver_session" : "oliver_session"
    }

    /// The value of the `Set-Cookie` header; without a token one that removes it.
    package static func header(_ token: SessionToken?, isSecure: Bool, lifetime: Duration) -> String {
        let age = token == nil ? 0 : lifetime.components.seconds
        let secure = isSecure ? "; Secure" : ""
        return
            "\(name(isSecure: isSecure))=\(token?.text ?? ""); Path=/; Max-Age=\(age); HttpOnly; SameSite=Lax\(secure)"
    }
}

extension Request {
    /// Refuses a change that another site may have made a browser send with a person's cookie.
    ///
    /// It must bring the session's token in `X-CSRF-Token`, and come from our own pages as the browser says.
    ///
    /// - Throws: A 403 problem `csrf`.
    func requireOwnOrigin(_ token: SessionToken) throws(Problem) {
        guard ![.get, .head, .options].contains(method) else { return }
        guard let sent = headers[.csrfToken], KeyHash(of: sent.utf8) == KeyHash(of: token.csrfToken.utf8) else {
            throw .csrf("Send the \"csrf_token\" of GET /auth/session in the header X-CSRF-Token.")
        }
        if let site = headers[.secFetchSite] {
            guard site == "same-origin" else { throw .csrf("The browser says that another site sent this.") }
        } else {
            guard let origin = headers[.origin], let authority = head.authority, Self.host(of: origin) == authority
            else { throw .csrf("The request does not come from our own pages.") }
        }
    }

    /// Host and port of an origin.
    private static func host(of origin: String) -> String? {
        for scheme in ["https://", "http://"] where origin.hasPrefix(scheme) {
            return String(origin.dropFirst(scheme.count))
        }
        return nil
    }
}

extension Problem {
    /// 403: a change that another site may have sent.
    package static func csrf(_ detail: String) -> Problem {
        Problem("csrf", status: .forbidden, title: "The request may come from another site", detail: detail)
    }
}
