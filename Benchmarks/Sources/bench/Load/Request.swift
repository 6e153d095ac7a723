import FoundationEssentials
import Glibc

/// One request of JSON and its answer, on a connection of its own: for what is asked beside a load.
nonisolated struct Request {
    let port: Int
    let key: String
    let method: String
    let path: String
    var body = ""

    private struct Answer: Decodable {
        let id: String?
        let state: String?
    }

    /// Sends it.
    ///
    /// - Returns: the members `id` and `state` of the answer, where it has them.
    /// - Throws: when the answer is no success.
    @discardableResult
    func send() throws -> (id: String, state: String) {
        let descriptor = try open()
        defer { close(descriptor) }
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while received.count < 1 << 20 {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            received += buffer.prefix(count)
        }
        let answer = String(decoding: received, as: UTF8.self)
        guard answer.hasPrefix("HTTP/1.1 2"), let head = answer.range(of: "\r\n\r\n") else {
            throw BenchError("\(method) \(path): \(answer.prefix(600))")
        }
        let decoded = try JSONDecoder().decode(Answer.self, from: Data(answer[head.upperBound...].utf8))
        return (decoded.id ?? "", decoded.state ?? "")
    }

    /// Connects and sends it; the caller closes the connection.
    func open() throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = in_addr_t(UInt32(0x7F00_0001).bigEndian)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            close(descriptor)
            throw BenchError("cannot connect to port \(port)")
        }
        let text = """
            \(method) \(path) HTTP/1.1\r
            Host: 127.0.0.1\r
            Authorization: Bearer \(key)\r
            Content-Type: application/json\r
            Content-Length: \(body.utf8.count)\r
            Connection: close\r
            \r
            \(body)
            """
        guard Glibc.send(descriptor, text, text.utf8.count, Int32(MSG_NOSIGNAL)) == text.utf8.count else {
            close(descriptor)
            throw BenchError("\(method) \(path) cannot be sent")
        }
        return descriptor
    }
}
