internal import Crypto
internal import Hummingbird

/// A file of the web app, as it is sent.
struct WebFile: Sendable {
    let path: String
    let type: String
    let plain: ByteBuffer
    /// The same, compressed when the app was built.
    let gzip: ByteBuffer?
    /// A name of what is inside; both forms have one of their own, as they are different bytes.
    let tag: String
    /// Whether its name changes with what is inside, so that it may be kept for ever.
    let isImmutable: Bool

    /// Makes a file; nil for one of a type that a web app has not.
    ///
    /// - Parameters:
    ///   - path: Its path in the address, `/assets/main-A1B2.js`.
    ///   - plain: What is inside.
    ///   - gzip: The same, compressed.
    init?(path: String, plain: [UInt8], gzip: [UInt8]?) {
        guard let ending = path.split(separator: ".").last, let type = Self.types[String(ending)] else { return nil }
        self.path = path
        self.type = type
        self.plain = ByteBuffer(bytes: plain)
        self.gzip = gzip.map { ByteBuffer(bytes: $0) }
        tag = SHA256.hash(data: plain).prefix(12).map { Self.hexadecimal($0) }.joined()
        isImmutable = path.hasPrefix("/assets/")
    }

    private static let types = [
        "html": "text/html; charset=utf-8",
        "js": "text/javascript; charset=utf-8",
        "css": "text/css; charset=utf-8",
        "svg": "image/svg+xml",
        "txt": "text/plain; charset=utf-8",
    ]

    private static func hexadecimal(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
}
