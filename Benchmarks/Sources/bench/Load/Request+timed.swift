import Glibc

/// Asking for what is large.
extension Request {
    /// What is known of an answer that was read and thrown away.
    struct Timed {
        var seconds: Double
        /// Line breaks in the body.
        var lines: Int
        /// What a report says that it was made from.
        var source: String
    }

    /// Sends it and reads the answer to its end.
    ///
    /// - Throws: when the answer is no success.
    func timed() throws -> Timed {
        let start = Clock.now
        let descriptor = try open()
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        var head: [UInt8] = []
        var lines = 0
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            if head.isEmpty { head = Array(buffer.prefix(min(count, 2_000))) }
            lines += buffer.prefix(count).count { $0 == 0x0A }
        }
        let text = String(decoding: head, as: UTF8.self)
        guard text.hasPrefix("HTTP/1.1 2") else { throw BenchError("\(method) \(path): \(text.prefix(600))") }
        let fields = text.split(separator: "\r\n")
        let source = fields.first { $0.lowercased().hasPrefix("oliver-source:") }?.dropFirst(15) ?? ""
        return Timed(seconds: Clock.now - start, lines: lines, source: String(source))
    }
}
