import Foundation
import Postgres
import Testing

/// A PostgreSQL of one's own: a fresh data folder under /tmp, a free port, gone at the end.
final class PrivateServer: @unchecked Sendable {
    private static let binaries = "/usr/lib/postgresql/15/bin"
    private let folder: String
    let port: Int
    // Only one task starts, kills and stops a server.
    private var process: Process?

    /// Makes the data folder and starts the server.
    init(durable: Bool = false) async throws {
        folder = "/tmp/oliver-pgtest-\(UUID().uuidString.prefix(8))"
        port = try Self.freePort()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        if getuid() == 0 { try Self.run("/bin/chown", ["postgres", folder]) }
        try Self.run(
            Self.binaries + "/initdb",
            ["-D", folder + "/data", "-U", "oliver", "-A", "trust", "-N"],
            asServer: true
        )
        var settings = "max_connections = 60\nunix_socket_directories = '\(folder)'\nlisten_addresses = '127.0.0.1'\n"
        if !durable { settings += "fsync = off\n" }
        let file = try #require(FileHandle(forWritingAtPath: folder + "/data/postgresql.conf"))
        try file.seekToEnd()
        try file.write(contentsOf: Data(settings.utf8))
        try file.close()
        try await start()
    }

    var url: String { "postgres://oliver@127.0.0.1:\(port)/postgres" }
    var socketURL: String { "postgres:///postgres?host=\(folder)&port=\(port)&user=oliver" }

    func configuration() throws -> PostgresConfiguration { try PostgresConfiguration(url: url) }

    /// Starts the server and waits until it answers; after a crash the old processes may have to go first.
    func start() async throws {
        for _ in 0..<100 {
            let process = try Self.launch(
                Self.binaries + "/postgres",
                ["-D", folder + "/data", "-p", "\(port)"],
                asServer: true
            )
            self.process = process
            while process.isRunning {
                if try Self.status(Self.binaries + "/pg_isready", ["-q", "-h", "127.0.0.1", "-p", "\(port)"]) == 0 {
                    return
                }
                try await Task.sleep(for: .milliseconds(20))
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("the private server did not start")
    }

    /// Kills the main process without warning.
    func kill() {
        guard let process else { return }
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Stops the server and removes its folder.
    func stop() {
        if let process, process.isRunning {
            Foundation.kill(process.processIdentifier, SIGINT)
            process.waitUntilExit()
        }
        try? FileManager.default.removeItem(atPath: folder)
    }

    private static func launch(_ path: String, _ arguments: [String], asServer: Bool) throws -> Process {
        let process = Process()
        let asOther = asServer && getuid() == 0
        process.executableURL = URL(fileURLWithPath: asOther ? "/usr/bin/setpriv" : path)
        process.arguments =
            (asOther ? ["--reuid=postgres", "--regid=postgres", "--clear-groups", path] : []) + arguments
        process.currentDirectoryURL = URL(fileURLWithPath: "/tmp")
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }

    private static func status(_ path: String, _ arguments: [String], asServer: Bool = false) throws -> Int32 {
        let process = try launch(path, arguments, asServer: asServer)
        process.waitUntilExit()
        return process.terminationStatus
    }

    private static func run(_ path: String, _ arguments: [String], asServer: Bool = false) throws {
        try #require(try status(path, arguments, asServer: asServer) == 0)
    }

    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, length) == 0 && getsockname(descriptor, pointer, &length) == 0
            }
        }
        try #require(bound)
        return Int(UInt16(bigEndian: address.sin_port))
    }
}

/// Starts one server for a whole suite.
struct PrivateServerTrait: SuiteTrait, TestScoping {
    @TaskLocal static var server: PrivateServer?

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        let server = try await PrivateServer()
        defer { server.stop() }
        try await Self.$server.withValue(server) { try await function() }
    }
}

extension Trait where Self == PrivateServerTrait {
    static var privateServer: Self { PrivateServerTrait() }
}

/// What needs a real server; they share one.
@Suite(.privateServer, .timeLimit(.minutes(2)))
struct LiveTests {
    /// The shared server's configuration.
    static func configuration() throws -> PostgresConfiguration {
        try #require(PrivateServerTrait.server).configuration()
    }
}
