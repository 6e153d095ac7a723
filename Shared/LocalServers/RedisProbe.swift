import BlockingExecutor
import Glibc

/// Asks a Redis on the loopback interface whether it answers, on a thread where blocking harms nobody.
actor RedisProbe {
    private let executor = BlockingExecutor()

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    /// Whether the server takes the password and answers `PING`.
    ///
    /// While it loads its data, it does not.
    func answersPing(port: UInt16, secret: String) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var limit = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        guard withLoopbackAddress(port, { connect(descriptor, $0, $1) }) == 0 else { return false }
        let request = "*2\r\n$4\r\nAUTH\r\n$\(secret.utf8.count)\r\n\(secret)\r\n*1\r\n$4\r\nPING\r\n"
        let bytes = Array(request.utf8)
        guard send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { return false }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 256)
        while answer.count < 4_096 {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return false }
            answer.append(contentsOf: buffer[..<count])
            let lines = String(decoding: answer, as: UTF8.self).split(
                separator: "\r\n",
                omittingEmptySubsequences: true
            )
            if lines.count >= 2 { return lines[0] == "+OK" && lines[1] == "+PONG" }
        }
        return false
    }
}
