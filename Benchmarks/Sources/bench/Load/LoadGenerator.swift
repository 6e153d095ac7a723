import CEpoll
import Glibc

/// What to send, how fast and for how long.
struct Load {
    /// When a request is sent.
    enum Pace {
        /// As soon as a connection is free.
        case closed
        /// So many per second, at random moments, whether or not earlier ones are answered: what waits for a free
        /// connection counts as waiting for its answer.
        case open(perSecond: Double)
    }

    var port: Int
    var connections: Int
    var source: any RequestSource
    var pace = Pace.closed
    /// The run ends when one of both is reached.
    var seconds = Double.infinity
    var requests = Int.max
}

/// What became of a load.
struct LoadResult {
    /// Requests that succeeded, and others.
    var answered = 0
    var refused = 0
    /// Events that the answers called accepted, and holds.
    var accepted = 0
    /// From the first request to the last answer.
    var seconds = 0.0
    /// Processor seconds that sending and reading took.
    var ownProcessorSeconds = 0.0
    /// When each request was due and how long its answer took, in nanoseconds, the quickest answer first.
    var answers: [(due: Int64, took: Int64)] = []

    var perSecond: Double { Double(answered) / seconds }

    /// The time within which a share of the answers came, in seconds.
    func latency(_ share: Double) -> Double { Self.latency(share, of: answers) }

    /// The same of some answers, the quickest first.
    static func latency(_ share: Double, of answers: [(due: Int64, took: Int64)]) -> Double {
        guard !answers.isEmpty else { return 0 }
        let index = min(answers.count - 1, Int(Double(answers.count) * share))
        return Double(answers[index].took) / 1e9
    }

    /// The answers that no stall of the machine held up.
    func apart(from stalls: [Stall]) -> [(due: Int64, took: Int64)] {
        answers.filter { answer in
            !stalls.contains { $0.touches(from: answer.due, to: answer.due + answer.took) }
        }
    }

    /// Takes in what became of another load.
    mutating func add(_ other: LoadResult) {
        answered += other.answered
        refused += other.refused
        accepted += other.accepted
        seconds += other.seconds
        ownProcessorSeconds += other.ownProcessorSeconds
        answers += other.answers
        answers.sort { $0.took < $1.took }
    }
}

/// Sends a load from one thread: the cores belong to what is measured.
final class LoadGenerator {
    private let load: Load
    private let epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    private var connections: [ClientConnection] = []
    private var idle: [Int] = []
    private var result = LoadResult()
    private var sent = 0
    private var random = Random(seed: 2)
    private var nextDue: Int64 = 0
    private var isOver = false

    private init(_ load: Load) {
        self.load = load
    }

    /// Sends a load and waits for the last answer.
    ///
    /// - Throws: when the server closes a connection, or refuses everything.
    static func run(_ load: Load) throws -> LoadResult {
        let generator = LoadGenerator(load)
        defer { generator.finish() }
        try generator.connect()
        return try generator.run()
    }

    private func connect() throws {
        for index in 0..<load.connections {
            let connection = try ClientConnection(port: load.port, largestRequest: load.source.largest)
            connections.append(connection)
            epoll_watch(epoll, connection.descriptor, UInt32(index))
        }
        idle = Array((0..<load.connections).reversed())
    }

    private func finish() {
        for connection in connections { connection.finish() }
        close(epoll)
    }

    private func run() throws -> LoadResult {
        let processorStart = ownProcessorSeconds()
        let start = Clock.nanoseconds
        let end = load.seconds.isFinite ? start + Int64(load.seconds * 1e9) : Int64.max
        nextDue = start
        var events = [epoll_event](repeating: epoll_event(), count: 256)
        while true {
            let now = Clock.nanoseconds
            if now >= end || sent >= load.requests { isOver = true }
            try sendDue(now)
            if isOver, idle.count == connections.count { break }
            let count = wait(&events, now: now)
            for index in 0..<count { try handle(events[index]) }
        }
        result.seconds = Double(Clock.nanoseconds - start) / 1e9
        result.ownProcessorSeconds = ownProcessorSeconds() - processorStart
        result.answers.sort { $0.took < $1.took }
        return result
    }

    /// Waits for sockets; with an open pace at most until the next request is due.
    private func wait(_ events: inout [epoll_event], now: Int64) -> Int {
        if case .open = load.pace, !isOver, !idle.isEmpty {
            var item = pollfd(fd: epoll, events: Int16(POLLIN), revents: 0)
            let nanoseconds = Int(max(0, nextDue - now))
            var time = timespec(tv_sec: nanoseconds / 1_000_000_000, tv_nsec: nanoseconds % 1_000_000_000)
            guard ppoll(&item, 1, &time, nil) > 0 else { return 0 }
        }
        return Int(max(0, epoll_wait(epoll, &events, Int32(events.count), 1_000)))
    }

    private func sendDue(_ now: Int64) throws {
        while !isOver, !idle.isEmpty {
            if case .open(let rate) = load.pace {
                guard nextDue <= now else { return }
                // In turn: a server closes connections that are silent for seconds.
                try begin(idle.removeFirst(), dueAt: nextDue)
                nextDue += Int64(-log(random.nextFraction()) / rate * 1e9)
            } else {
                try begin(idle.removeLast(), dueAt: Clock.nanoseconds)
            }
        }
    }

    private func begin(_ index: Int, dueAt: Int64) throws {
        sent += 1
        if sent >= load.requests { isOver = true }
        try connections[index].send(from: load.source, dueAt: dueAt)
    }

    private func handle(_ event: epoll_event) throws {
        let index = Int(event.data.u32)
        let connection = connections[index]
        if event.events & EPOLLOUT.rawValue != 0 { try connection.flush() }
        guard event.events & ~EPOLLOUT.rawValue != 0 else { return }
        guard let answer = try connection.receive() else { return }
        result.answers.append((connection.dueAt, Clock.nanoseconds - connection.dueAt))
        result.accepted += answer.accepted
        if (200..<300).contains(answer.status) {
            result.answered += 1
        } else {
            result.refused += 1
            if result.refused > 1_000, result.refused > result.answered {
                throw BenchError("the server refuses:\n\(connection.answerText)")
            }
        }
        idle.append(index)
    }
}
