import Glibc

/// A load of batches with single events between them, each of which brings a budget of its own to its limit.
final class CrossingSource: RequestSource {
    private let load: EventSource
    private let crossings: [[UInt8]]
    private let interval: Int
    private var written = 0
    /// When each crossing was sent, in nanoseconds since 1970.
    private(set) var sentAt: [Int64] = []

    /// - Parameters:
    ///   - load: The other requests.
    ///   - key: A key that may report costs.
    ///   - count: How many budgets there are: `feature=crossing-N` is the tag of each.
    ///   - interval: How many requests of the load come before the next crossing.
    init(_ load: EventSource, key: String, count: Int, interval: Int) {
        self.load = load
        self.interval = interval
        crossings = (0..<count).map { number in
            let body = """
                {"provider":"openai","model":"gpt-4o-mini","usage":{"input_tokens":10},"cost_usd":"2",\
                "tags":{"feature":"crossing-\(number)"}}
                """
            let head = """
                POST /v1/record HTTP/1.1\r
                host: 127.0.0.1\r
                authorization: Bearer \(key)\r
                content-type: application/json\r
                content-length: \(body.utf8.count)\r
                \r\n
                """
            return Array((head + body).utf8)
        }
    }

    var largest: Int { max(load.largest, crossings.map(\.count).max() ?? 0) }

    func write(to buffer: UnsafeMutablePointer<UInt8>) -> Int {
        written += 1
        guard written.isMultiple(of: interval), sentAt.count < crossings.count else { return load.write(to: buffer) }
        let bytes = crossings[sentAt.count]
        for (offset, byte) in bytes.enumerated() { buffer[offset] = byte }
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        sentAt.append(Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
        return bytes.count
    }
}
