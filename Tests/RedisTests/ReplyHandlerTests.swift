import NIOCore
import NIOEmbedded
@testable import Redis
import Synchronization
import Testing

/// Who awaits one reply.
private final class Caller: AwaitedReplies {
    private let outcome = Mutex<Result<RedisReply, RedisError>?>(nil)

    var reply: RedisReply? { outcome.withLock { try? $0?.get() } }
    var error: RedisError? { outcome.withLock { if case .failure(let error) = $0 { error } else { nil } } }

    func take(_ reply: ReplyView) -> Bool {
        outcome.withLock { $0 = .success(reply.copy) }
        return true
    }

    func fail(_ error: RedisError) {
        outcome.withLock { $0 = .failure(error) }
    }
}

/// A handler in a channel whose time and bytes the test moves.
private struct Line {
    let channel = EmbeddedChannel()
    let handler = ReplyHandler()

    init() throws {
        try channel.pipeline.syncOperations.addHandler(handler)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 6379)).wait()
    }

    func ask(_ timeout: Duration = .seconds(1)) -> Caller {
        let caller = Caller()
        handler.send(ByteBuffer(string: "*1\r\n$4\r\nPING\r\n"), caller, timeout)
        return caller
    }

    func hear(_ text: String) throws {
        try channel.writeInbound(ByteBuffer(string: text))
    }

    func pass(_ milliseconds: Int64) {
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(milliseconds))
    }
}

@Suite struct `replies of a connection` {
    @Test func `come in the order of the commands, also in pieces`() throws {
        let line = try Line()
        let callers = (0..<3).map { _ in line.ask() }
        for piece in ["+o", "ne\r\n:2\r", "\n$5\r\nthr", "ee\r\n"] { try line.hear(piece) }
        #expect(callers.map(\.reply?.text) == ["one", nil, "three"])
        #expect(callers[1].reply == .integer(2))
    }

    @Test func `what the server says before it is asked is told to who asks next`() throws {
        let line = try Line()
        try line.hear("-ERR max number of clients reached\r\n")
        let error = try #require(line.ask().error)
        #expect(error.message == "ERR max number of clients reached")
        #expect(!line.channel.isActive)
    }

    @Test func `what is no reply ends the connection for all that wait`() throws {
        let line = try Line()
        let callers = (0..<2).map { _ in line.ask() }
        try line.hear("HTTP/1.1 400 Bad Request\r\n")
        for caller in callers { #expect(caller.error?.code == .connectionLost) }
    }

    @Test func `a silence of the whole time ends it, at a second look`() throws {
        let line = try Line()
        let caller = line.ask()
        line.pass(1_000)
        #expect(caller.error == nil && line.channel.isActive)
        line.pass(10)
        #expect(caller.error?.code == .timeout && !line.channel.isActive)
    }

    @Test func `what came while the process stood still counts`() throws {
        let line = try Line()
        let caller = line.ask()
        line.pass(1_000)
        try line.hear("+PONG\r\n")
        line.pass(10)
        #expect(caller.reply?.text == "PONG" && line.channel.isActive)
        // Nor does that shorten the patience with the next command.
        let next = line.ask()
        line.pass(1_000)
        #expect(next.error == nil)
        line.pass(10)
        #expect(next.error?.code == .timeout)
    }

    @Test func `bytes that come prolong the time`() throws {
        let line = try Line()
        let caller = line.ask()
        for _ in 0..<5 {
            line.pass(900)
            try line.hear("")
            #expect(caller.error == nil)
        }
        try line.hear("$2\r\n")
        line.pass(900)
        try line.hear("ok\r\n")
        #expect(caller.reply?.text == "ok")
    }

    @Test func `a command behind a patient one has its own time`() throws {
        let line = try Line()
        let patient = line.ask(.seconds(60))
        let hasty = line.ask(.milliseconds(50))
        line.pass(40)
        try line.hear("+one\r\n")
        #expect(patient.reply?.text == "one")
        line.pass(100)
        #expect(hasty.error?.code == .timeout)
    }

    @Test func `a closed connection fails all that wait and who comes later`() throws {
        let line = try Line()
        let waiting = line.ask()
        _ = try line.channel.finish()
        #expect(waiting.error?.code == .connectionLost)
        #expect(line.ask().error?.code == .connectionLost)
    }
}
