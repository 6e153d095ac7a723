import Glibc

/// Requests that record events: made once, and sent again and again with new event ids.
///
/// Bodies are those of a chat application: 200 people in five teams, twenty projects, six models of three providers.
final class EventSource: RequestSource {
    /// A whole request, head and body, and where its event ids stand.
    private struct Template {
        var bytes: [UInt8] = []
        var ids: [Int] = []
        var bodyBytes = 0
    }

    private var templates: [Template] = []
    private var next = 0
    private var counter: UInt64 = 0
    private let run = UInt64(Clock.nanoseconds)
    /// Events in one request.
    let batch: Int

    /// - Parameters:
    ///   - keys: The API keys to send by turns.
    ///   - batch: Events in one request; with one the body is the event itself.
    init(keys: [String], batch: Int) {
        self.batch = batch
        var random = Random(seed: 1)
        let count = batch == 1 ? 4_096 : 64
        templates = (0..<count).map { index in
            Self.template(key: keys[index % keys.count], batch: batch, random: &random)
        }
        largest = templates.map(\.bytes.count).max() ?? 0
    }

    /// The bytes of the largest request.
    let largest: Int
    /// The bytes of an event, on average.
    var eventBytes: Int {
        templates.reduce(0) { $0 + $1.bodyBytes } / (templates.count * batch)
    }

    /// Writes the next request.
    ///
    /// - Returns: its length.
    func write(to buffer: UnsafeMutablePointer<UInt8>) -> Int {
        let index = next
        next = (next + 1) % templates.count
        return templates[index].bytes.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return 0 }
            memcpy(buffer, base, bytes.count)
            for offset in templates[index].ids { writeID(to: buffer + offset) }
            return bytes.count
        }
    }

    /// Writes an id in the form of a random UUID: nothing may gain from ids that ascend.
    private func writeID(to buffer: UnsafeMutablePointer<UInt8>) {
        counter += 1
        var low = Random.mixed(counter &+ run)
        var high = Random.mixed(low ^ run)
        for place in 0..<16 {
            buffer[places[place]] = Self.digit(low)
            buffer[places[place + 16]] = Self.digit(high)
            low >>= 4
            high >>= 4
        }
    }

    /// Where the digits of a UUID stand, between its dashes.
    private let places = (0..<36).filter { ![8, 13, 18, 23].contains($0) }

    private static func digit(_ bits: UInt64) -> UInt8 {
        let value = UInt8(truncatingIfNeeded: bits & 15)
        return value < 10 ? 0x30 + value : 0x57 + value
    }

    private static func template(key: String, batch: Int, random: inout Random) -> Template {
        let events = (0..<batch).map { _ in event(random: &random) }
        let body = batch == 1 ? events[0] : "{\"events\":[\(events.joined(separator: ","))]}"
        let head = """
            POST /v1/record HTTP/1.1\r
            host: 127.0.0.1\r
            authorization: Bearer \(key)\r
            content-type: application/json\r
            content-length: \(body.utf8.count)\r
            \r\n
            """
        let bytes = Array((head + body).utf8)
        let marker = Array("\"event_id\":\"".utf8)
        var ids: [Int] = []
        var position = head.utf8.count
        while position + marker.count < bytes.count {
            if bytes[position] == 0x22, bytes[position..<position + marker.count].elementsEqual(marker) {
                ids.append(position + marker.count)
                position += 36
            }
            position += 1
        }
        return Template(bytes: bytes, ids: ids, bodyBytes: body.utf8.count)
    }

    private static let models = [
        ("openai", "gpt-4o-mini"), ("openai", "gpt-4o"), ("anthropic", "claude-sonnet-4-5"),
        ("anthropic", "claude-haiku-4-5"), ("gemini", "gemini-2.5-flash"), ("gemini", "gemini-2.5-pro"),
    ]

    private static func event(random: inout Random) -> String {
        let user = random.next(below: 200)
        let (provider, model) = models[random.next(below: models.count)]
        let input = 400 + random.next(below: 4_000)
        let project = user % 5 * 4 + random.next(below: 4)
        return """
            {"event_id":"00000000-0000-0000-0000-000000000000","occurred_at":"\(recentTime(&random))",\
            "provider":"\(provider)","model":"\(model)","operation":"chat","usage":{"input_tokens":\(input),\
            "cache_read_tokens":\(random.next(below: input)),"output_tokens":\(50 + random.next(below: 900))},\
            "team":"team-\(user % 5)","project":"project-\(project)","user":"user-\(user)",\
            "tags":{"feature":"summarise","env":"prod"},"latency_ms":\(200 + random.next(below: 3_000)),\
            "status":"ok","trace_id":"4bf92f3577b34da6a3ce929d\(10_000_000 + random.next(below: 80_000_000))"}
            """
    }

    /// A time within the last hour.
    private static func recentTime(_ random: inout Random) -> String {
        var seconds = time(nil) - random.next(below: 3_600)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var text = [CChar](repeating: 0, count: 32)
        strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// The SplitMix64 generator: the same numbers in every run.
struct Random {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        return Self.mixed(state)
    }

    mutating func next(below limit: Int) -> Int { Int(next() % UInt64(limit)) }

    /// A number above 0 and up to 1.
    mutating func nextFraction() -> Double { Double((next() >> 11) + 1) / Double(1 << 53) }

    static func mixed(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
