import FoundationEssentials
import Glibc

/// Where the programs are that the benchmark starts.
struct Programs {
    /// The folder of Oliver's release executables.
    let oliver: String
    /// The folder of `postgres` and `psql`.
    let postgres: String
    /// The price map that is shipped, and calls with their expected costs.
    let priceMap: String
    let vectors: String
    /// The mail server of the tests, and a Python that has what it needs.
    let python: String
    let mailServer: String

    /// - Throws: when something is not built or not installed.
    init() throws {
        guard let folder = ProcessInfo.processInfo.environment["OLIVER_BIN_DIR"] else {
            throw BenchError("OLIVER_BIN_DIR does not say where the executables are: use ./oliver bench")
        }
        oliver = folder
        let root = ProcessInfo.processInfo.environment["OLIVER_ROOT"] ?? "."
        priceMap = "\(root)/Services/pricing/Resources/litellm_prices.json"
        vectors = "\(root)/Tests/Fixtures/vectors.jsonl"
        python = "\(root)/.build/test-tools/bin/python"
        mailServer = "\(root)/Scripts/mail-server.py"
        for name in Service.allCases.map(\.rawValue) + ["oliver", "price-engine"]
        where access("\(folder)/\(name)", X_OK) != 0 {
            throw BenchError("\(folder)/\(name) is missing: use ./oliver bench")
        }
        let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        let debian = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: debian)) ?? []
        let installed = versions.compactMap { Int($0) }.sorted(by: >).map { "\(debian)/\($0)/bin" }
        let found = (path + installed).first { access("\($0)/postgres", X_OK) == 0 && access("\($0)/psql", X_OK) == 0 }
        guard let found else { throw BenchError("PostgreSQL is not installed") }
        postgres = found
    }

    /// Versions of the servers, for the report.
    func versions() throws -> String {
        let redis = try Child.output(["redis-server", "--version"]).split(separator: " ").first { $0.hasPrefix("v=") }
        let server = try Child.output(["\(postgres)/postgres", "--version"]).split(separator: " ").dropFirst(2).first
        let oliver = try Child.output(["\(oliver)/oliver", "--version"]).split(separator: "\n").first
        return "Oliver \(oliver ?? "?"), Redis \(redis?.dropFirst(2) ?? "?"), PostgreSQL \(server ?? "?")"
    }
}

/// The separate executables.
enum Service: String, CaseIterable {
    case ingest, pricing, budget, analytics, alerts
}

/// A free port of this machine.
func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(UInt32(0x7F00_0001).bigEndian)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let failed = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, size) != 0 || getsockname(descriptor, $0, &size) != 0
        }
    }
    guard !failed else { throw BenchError("no free port") }
    return Int(UInt16(bigEndian: address.sin_port))
}

/// Waits until a server says that it is ready.
///
/// - Returns: the seconds that it took.
@discardableResult
func waitUntilReady(port: Int, child: Child, log: String, seconds: Double = 60) throws -> Double {
    let start = Clock.now
    while Clock.now < start + seconds {
        if isReady(port: port) { return Clock.now - start }
        guard child.isRunning else { break }
        usleep(5_000)
    }
    let tail = (Files.read(log) ?? "").suffix(2_000)
    let reason = child.isRunning ? "is not ready after \(Int(seconds)) s" : "ended before it was ready"
    throw BenchError("the server for port \(port) \(reason):\n\(tail)")
}

private func isReady(port: Int) -> Bool {
    guard let connection = try? ClientConnection(port: port, largestRequest: 1) else { return false }
    defer { connection.finish() }
    return connection.getsReady()
}
