import CEpoll
import Glibc

/// One keep-alive connection: a request out, its answer in, never two at a time.
final class ClientConnection {
    /// What became of a request.
    struct Answer {
        let status: Int
        /// What the answer says under `accepted`; of a preflight, 1 when it made a hold.
        let accepted: Int
    }

    let descriptor: Int32
    /// When the request under way was due, in nanoseconds.
    private(set) var dueAt: Int64 = 0
    private let output: UnsafeMutablePointer<UInt8>
    private var outputCount = 0
    private var outputSent = 0
    private let input: UnsafeMutablePointer<UInt8>
    private var inputCount = 0
    private static let inputCapacity = 256 << 10

    /// Connects to a port of this machine.
    init(port: Int, largestRequest: Int) throws {
        descriptor = try connectLocally(port: port)
        output = .allocate(capacity: largestRequest)
        input = .allocate(capacity: Self.inputCapacity)
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }

    /// Closes the connection, which is not to be used any more.
    func finish() {
        close(descriptor)
        output.deallocate()
        input.deallocate()
    }

    /// Begins the source's next request.
    func send(from source: any RequestSource, dueAt: Int64) throws {
        self.dueAt = dueAt
        outputCount = source.write(to: output)
        outputSent = 0
        inputCount = 0
        try flush()
    }

    /// Sends what the kernel takes.
    ///
    /// More is asked for when it is ready again.
    func flush() throws {
        while outputSent < outputCount {
            let count = Glibc.send(descriptor, output + outputSent, outputCount - outputSent, Int32(MSG_NOSIGNAL))
            if count > 0 {
                outputSent += count
            } else if errno == EAGAIN {
                return
            } else if errno != EINTR {
                throw BenchError("the server closed a connection: \(String(cString: strerror(errno)))")
            }
        }
    }

    /// Reads what is there.
    ///
    /// - Returns: the answer once it is complete.
    func receive() throws -> Answer? {
        let count = recv(descriptor, input + inputCount, Self.inputCapacity - inputCount, 0)
        guard count > 0 else {
            if count < 0, errno == EAGAIN || errno == EINTR { return nil }
            throw BenchError("the server closed a connection in the middle of an answer")
        }
        inputCount += count
        return try parse()
    }

    private func parse() throws -> Answer? {
        guard let end = find("\r\n\r\n", from: 0, to: inputCount) else { return nil }
        guard inputCount > 12,
            let length = number(after: "ontent-length: ", from: 0, to: end)
                ?? number(after: "ontent-Length: ", from: 0, to: end)
        else { throw BenchError("an answer without a length cannot be read") }
        guard inputCount >= end + 4 + length else { return nil }
        let status = (9..<12).reduce(0) { $0 * 10 + Int(input[$1]) - 0x30 }
        let accepted = number(after: "\"accepted\":", from: end, to: inputCount)
        let isHeld = find("\"hold_id\":\"", from: end, to: inputCount) != nil
        return Answer(status: status, accepted: accepted ?? (isHeld ? 1 : 0))
    }

    private func find(_ text: StaticString, from start: Int, to end: Int) -> Int? {
        guard let found = memmem(input + start, end - start, text.utf8Start, text.utf8CodeUnitCount) else { return nil }
        return UnsafeRawPointer(input).distance(to: UnsafeRawPointer(found))
    }

    private func number(after text: StaticString, from start: Int, to end: Int) -> Int? {
        guard var position = find(text, from: start, to: end) else { return nil }
        position += text.utf8CodeUnitCount
        var value = 0
        while position < end, case 0x30...0x39 = input[position] {
            value = value * 10 + Int(input[position]) - 0x30
            position += 1
        }
        return value
    }

    /// The answer as text, for messages.
    var answerText: String {
        String(decoding: UnsafeBufferPointer(start: input, count: min(inputCount, 600)), as: UTF8.self)
    }

    /// Asks `/readyz`, waiting for the answer.
    func getsReady() -> Bool {
        let request = "GET /readyz HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n"
        guard Glibc.send(descriptor, request, request.utf8.count, Int32(MSG_NOSIGNAL)) > 0 else {
            return false
        }
        var item = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&item, 1, 2_000) > 0 else { return false }
        let count = recv(descriptor, input, Self.inputCapacity, 0)
        return count > 12 && input[9] == 0x32
    }
}
