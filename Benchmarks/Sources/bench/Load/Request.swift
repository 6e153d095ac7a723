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
        let descriptor = try connectLocally(port: port)
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
