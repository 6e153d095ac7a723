import Glibc

/// One connection to Redis that asks and waits.
///
/// A process for each question took up to a tenth of the cores whose work is measured: stages at work are asked every
/// 20 ms whether they are at rest.
final class RedisClient {
    private let descriptor: Int32
    private var input: [UInt8] = []
    private var position = 0

    /// Connects to a port of this machine and says the password, if there is one.
    init(port: Int, password: String?) throws {
        descriptor = try connectLocally(port: port)
        var patience = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        if let password { try send(["AUTH", password]) }
    }

    deinit { close(descriptor) }

    /// Sends one command.
    ///
    /// - Returns: the answer as text, with a line for each value of a list.
    /// - Throws: what Redis says is wrong, or when the connection ends.
    @discardableResult
    func send(_ words: [String]) throws -> String {
        var output = Array("*\(words.count)\r\n".utf8)
        for word in words { output += Array("$\(word.utf8.count)\r\n\(word)\r\n".utf8) }
        var sent = 0
        while sent < output.count {
            let count = output.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress.map { $0 + sent }, $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw BenchError("Redis cannot be asked: \(String(cString: strerror(errno)))") }
            sent += count
        }
        (input, position) = ([], 0)
        return try value()
    }

    private func value() throws -> String {
        let head = try line()
        let rest = String(head.dropFirst())
        switch head.first {
        case "+", ":": return rest
        case "-": throw BenchError("Redis says: \(rest)")
        case "*": return try (0..<max(0, Int(rest) ?? 0)).map { _ in try value() }.joined(separator: "\n")
        case "$":
            guard let count = Int(rest), count >= 0 else { return "" }
            try fill(to: position + count + 2)
            defer { position += count + 2 }
            return String(decoding: input[position..<position + count], as: UTF8.self)
        default: throw BenchError("Redis says: \(head)")
        }
    }

    private func line() throws -> String {
        while true {
            if let end = input[position...].firstIndex(of: 0x0D) {
                try fill(to: end + 2)
                defer { position = end + 2 }
                return String(decoding: input[position..<end], as: UTF8.self)
            }
            try fill(to: input.count + 1)
        }
    }

    private func fill(to length: Int) throws {
        while input.count < length {
            var buffer = [UInt8](repeating: 0, count: 16_384)
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count != 0 else { throw BenchError("Redis ended the connection") }
            guard count > 0 else { throw BenchError("Redis does not answer: \(String(cString: strerror(errno)))") }
            input += buffer.prefix(count)
        }
    }
}
