import Glibc
@testable import LocalServers
import TestSupport
import Testing

@Suite struct `The home folder` {
    @Test func `belongs to one at a time`() async throws {
        try await withScratchFolder { folder in
            var first: HomeFolder? = try HomeFolder(path: "\(folder)/home")
            let error = #expect(throws: LocalServersError.self) { try HomeFolder(path: "\(folder)/home") }
            #expect(error?.code == .alreadyRunning)
            #expect(error?.message.contains("process \(getpid())") == true)
            #expect(first != nil)
            first = nil
            _ = try HomeFolder(path: "\(folder)/home")
        }
    }

    @Test func `keeps secrets that only the owner can read`() async throws {
        try await withScratchFolder { folder in
            var home: HomeFolder? = try HomeFolder(path: "\(folder)/home")
            let secret = try #require(try home?.secret(named: "redis"))
            #expect(secret.count == 64)
            home = nil
            home = try HomeFolder(path: "\(folder)/home")
            #expect(try home?.secret(named: "redis") == secret)
            #expect(mode(of: "\(folder)/home/secrets/redis") == 0o600)
            #expect(mode(of: "\(folder)/home/secrets") == 0o700)
            #expect(mode(of: "\(folder)/home") == (ServerAccount.isRoot ? 0o711 : 0o700))
        }
    }

    @Test func `shows its addresses only while it is held`() async throws {
        try await withScratchFolder { folder in
            let path = "\(folder)/home"
            #expect(try RunFile.load(fromHome: path) == nil)
            let run = RunFile(httpPort: 8_080, redisURL: "redis://:s@127.0.0.1:1/0", postgresURL: "postgres://x")
            var home: HomeFolder? = try HomeFolder(path: path)
            try run.write(to: #require(home))
            #expect(try RunFile.load(fromHome: path) == run)
            #expect(mode(of: "\(path)/run.json") == 0o600)
            let stale = try #require(Files.read("\(path)/run.json"))
            home = nil
            try Files.write(stale, to: "\(path)/run.json")
            #expect(try RunFile.load(fromHome: path) == nil)
        }
    }

    @Test func `names what is wrong when it cannot be made`() {
        let error = #expect(throws: LocalServersError.self) { try HomeFolder(path: "/proc/nowhere/home") }
        #expect(error?.code == .folder)
        #expect(error?.message.contains("/proc/nowhere") == true)
    }

    private func mode(of path: String) -> mode_t {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
    }
}
