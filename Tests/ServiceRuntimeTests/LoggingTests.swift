import Domain
import FoundationEssentials
import Logging
import Synchronization
import Testing

@testable import ServiceRuntime

/// Keeps the lines it is given.
final class LineCollector: LogSink {
    private let collected = Mutex<[String]>([])

    func write(line: [UInt8]) {
        collected.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
    }

    var lines: [String] {
        collected.withLock { $0 }
    }
}

struct FixedClock: WallClock {
    var now = Timestamp(seconds: 1_700_000_000)
}

@Suite struct LoggingTests {
    let sink = LineCollector()

    @Test func `writes one line of JSON with its fields in order`() throws {
        let logger = LogSystem(sink: sink, clock: FixedClock()).logger(service: "ingest")
        logger.info("hello \"you\"", metadata: ["b": "2\n", "a": .stringConvertible(1), "msg": "dropped"])
        #expect(sink.lines.count == 1)
        let line = try #require(sink.lines.first)
        let time = FixedClock().now.rfc3339
        #expect(
            line == """
                {"ts":"\(time)","level":"info","service":"ingest","msg":"hello \\"you\\"","a":"1","b":"2\\n"}

                """
        )
    }

    @Test func `changes the level of loggers already handed out`() {
        let system = LogSystem(level: .warning, sink: sink)
        let logger = system.logger(service: "s")
        logger.info("no")
        system.setLevel(.debug)
        logger.debug("yes")
        system.setLevel(.error)
        logger.warning("no")
        #expect(sink.lines.count == 1)
        #expect(system.level == .error)
    }

    @Test func `bounds a line whatever is logged and keeps it valid JSON`() throws {
        let logger = LogSystem(sink: sink).logger(service: "s")
        let huge = String(repeating: "ä\u{0}", count: 100_000)
        var metadata: Logger.Metadata = [:]
        for index in 0..<1000 {
            metadata["k\(index)"] = .string(huge)
        }
        logger.info("\(huge)", metadata: metadata)
        let line = try #require(sink.lines.first)
        #expect(line.utf8.count < 64_000)
        let object = try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
        #expect(object["truncated"] == "true")
    }

    @Test func `writes a log line whole to its descriptor`() throws {
        let file = try TemporaryFile("")
        defer { file.remove() }
        let descriptor = file.openForAppending()
        let logger = LogSystem(sink: DescriptorLogSink(descriptor: descriptor)).logger(service: "s")
        logger.info("one")
        logger.info("two")
        let lines = file.content.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.last?.contains("\"msg\":\"two\"") == true)
    }

    @Test func `names the trace that the task works for`() throws {
        let logger = LogSystem(sink: sink, clock: FixedClock()).logger(service: "s")
        let trace = try #require(TraceParent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"))
        TraceParent.$current.withValue(trace) { logger.info("traced") }
        logger.info("not traced")
        #expect(sink.lines.first?.contains(#""trace_id":"4bf92f3577b34da6a3ce929d0e0e4736""#) == true)
        #expect(sink.lines.last?.contains("trace_id") == false)
    }

    @Test func `follows a file that holds the level, and keeps the level when it holds none`() throws {
        let path = "/tmp/oliver-log-level-\(UInt64.random(in: .min ... .max))"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let system = LogSystem(sink: sink)
        let watch = LogLevelWatch(path: path, logs: system, logger: system.logger(service: "s"))
        var known = watch.look(after: nil)
        #expect(system.level == .info)
        for (text, level) in [("debug\n", Logger.Level.debug), ("loud", .debug), (" ERROR ", .error)] {
            try Data(text.utf8).write(to: URL(filePath: path))
            known = watch.look(after: known)
            #expect(system.level == level)
        }
        let count = sink.lines.count
        _ = watch.look(after: known)
        #expect(sink.lines.count == count)
    }
}
