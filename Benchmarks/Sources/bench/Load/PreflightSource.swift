import Glibc

/// Requests that ask for a hold of one amount, always the same one.
final class PreflightSource: RequestSource {
    /// What each asks for, in pico-dollars.
    static let amount = 123_000_001

    private let bytes: [UInt8]

    init(key: String) {
        let body = """
            {"provider":"openai","model":"gpt-4o-mini","team":"red","project":"p","user":"u",\
            "tags":{"feature":"chat"},"ttl_seconds":3600,"estimate":{"cost_usd":"0.000123000001"}}
            """
        let head = """
            POST /v1/preflight HTTP/1.1\r
            host: 127.0.0.1\r
            authorization: Bearer \(key)\r
            content-type: application/json\r
            content-length: \(body.utf8.count)\r
            \r\n
            """
        bytes = Array((head + body).utf8)
    }

    var largest: Int { bytes.count }

    func write(to buffer: UnsafeMutablePointer<UInt8>) -> Int {
        bytes.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return 0 }
            memcpy(buffer, base, bytes.count)
            return bytes.count
        }
    }
}
