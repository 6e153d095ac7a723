import Glibc

/// The bare HTTP server as a process of its own.
final class BareProcess {
    private let child: Child
    private let port: Int
    /// What it has used since the last note.
    private var processorSeconds = 0.0

    init() throws {
        port = try freePort()
        let log = "\(Scratch.path)/bare.log"
        child = try Child(["/proc/\(getpid())/exe", "bare", "\(port)"], output: log)
        try waitUntilReady(port: port, child: child, log: log)
        _ = try measure(seconds: 0.5)
        processorSeconds = 0
    }

    func stop() { child.stop() }

    /// Sends it what ingest is sent.
    func measure(seconds: Double) throws -> LoadResult {
        let source = EventSource(keys: ["olv_none"], batch: 1)
        let before = ProcessUsage(of: child.identifier).processorSeconds
        let result = try LoadGenerator.run(Load(port: port, connections: 256, source: source, seconds: seconds))
        processorSeconds += ProcessUsage(of: child.identifier).processorSeconds - before
        return result
    }

    /// What the measurements since the last note cost, which gave these results.
    func note(on result: LoadResult) -> String {
        let each = processorSeconds * 1e6 / Double(result.answered)
        processorSeconds = 0
        let own = result.ownProcessorSeconds * 1e6 / Double(result.answered)
        return "\(Figure.text(each)) µs of processor each, the load \(Figure.text(own)) µs"
    }
}
