/// An API key as its owner holds it: `olv_` and 30 random characters, 178 bits.
///
/// It exists only while it is made or checked. It is never stored or logged: its description hides it.
package struct RawKey: Sendable, CustomStringConvertible {
    /// The whole key.
    ///
    /// Show it once, to its owner.
    package let text: String

    private static let scheme = "olv_"
    private static let randomLength = 30
    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// Makes a new key from the system's secure random numbers.
    package static func generate() -> RawKey {
        RawKey(text: scheme + randomText(length: randomLength))
    }

    private init(text: String) {
        self.text = text
    }

    /// Takes a key that a client sent; nil when it cannot be one of ours.
    package init?(_ text: some StringProtocol) {
        let bytes = text.utf8
        guard bytes.count == Self.scheme.utf8.count + Self.randomLength, bytes.starts(with: Self.scheme.utf8) else {
            return nil
        }
        let isOurs = bytes.dropFirst(Self.scheme.utf8.count).allSatisfy(isAlphanumeric)
        guard isOurs else { return nil }
        self.text = String(text)
    }

    /// What is stored of it.
    package var hash: KeyHash {
        KeyHash(of: text.utf8)
    }

    /// The first characters, by which its owner recognises it in lists.
    package var shownPrefix: String {
        String(text.prefix(10))
    }

    package var description: String {
        "\(shownPrefix)…"
    }

    /// A random id with a prefix, such as `key_4fG…`: 12 characters, 71 bits.
    package static func makeID(prefix: String) -> String {
        prefix + randomText(length: 12)
    }

    /// Draws characters with `getrandom(2)`, which is what the standard library's own generator uses.
    private static func randomText(length: Int) -> String {
        let bytes = (0..<length).map { _ in alphabet[Int.random(in: 0..<alphabet.count)] }
        return String(decoding: bytes, as: UTF8.self)
    }
}

private func isAlphanumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "a")...UInt8(ascii: "z"):
        true
    default: false
    }
}
