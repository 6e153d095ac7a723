import Glibc
@testable import LocalServers
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct `The servers of a home folder` {
    @Test func `find their data again and are ready within five seconds`() async throws {
        try await withScratchFolder { folder in
            let home = try HomeFolder(path: "\(folder)/home")
            let first = try LocalServers(home: home, logger: .quiet)
            let addresses = try await first.start()
            #expect(try await redis(addresses.redisURL, "SET", "a", "kept") == "OK")
            #expect(try await psql(addresses.postgresURL, "CREATE TABLE t AS SELECT 42 AS n") == "SELECT 1")
            await first.stop()

            let second = try LocalServers(home: home, logger: .quiet)
            var again: LocalServers.Addresses?
            let duration = try await ContinuousClock().measure { again = try await second.start() }
            #expect(duration < .seconds(5))
            let found = try #require(again)
            #expect(try await redis(found.redisURL, "GET", "a") == "kept")
            #expect(try await psql(found.postgresURL, "SELECT n FROM t") == "42")
            await second.stop()
        }
    }

    @Test func `end when their parent is killed, and the next start finds the data`() async throws {
        try await withScratchFolder { folder in
            let path = "\(folder)/home"
            await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
                let home = try HomeFolder(path: path)
                let servers = try LocalServers(home: home, logger: .quiet)
                let addresses = try await servers.start()
                let answer = try await redis(addresses.redisURL, "SET", "a", "kept")
                try #require(answer == "OK")
                _ = try await psql(addresses.postgresURL, "CREATE TABLE t AS SELECT 42 AS n")
                kill(getpid(), SIGKILL)
            }
            for pidFile in ["\(path)/redis/redis.pid", "\(path)/postgres/data/postmaster.pid"] {
                try await waitUntilGone(pidFile)
            }
            let servers = try LocalServers(home: HomeFolder(path: path), logger: .quiet)
            let addresses = try await servers.start()
            #expect(try await redis(addresses.redisURL, "GET", "a") == "kept")
            #expect(try await psql(addresses.postgresURL, "SELECT n FROM t") == "42")
            await servers.stop()
        }
    }

    @Test func `recover when they are killed together with their parent`() async throws {
        try await withScratchFolder { folder in
            let path = "\(folder)/home"
            await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
                let servers = try LocalServers(home: HomeFolder(path: path), logger: .quiet)
                let addresses = try await servers.start()
                _ = try await psql(addresses.postgresURL, "CREATE TABLE t AS SELECT 42 AS n")
                await servers.redis.kill9()
                await servers.postgres.kill9()
                kill(getpid(), SIGKILL)
            }
            #expect(Files.exists("\(path)/postgres/data/postmaster.pid"))
            let servers = try LocalServers(home: HomeFolder(path: path), logger: .quiet)
            let addresses = try await servers.start()
            #expect(try await psql(addresses.postgresURL, "SELECT n FROM t") == "42")
            await servers.stop()
        }
    }

    @Test func `stand apart from the terminal of their parent`() async throws {
        try await withPrivateRedis { server, _ in
            let process = try #require(await server.identifier)
            #expect(getsid(process) != getsid(0))
            #expect(getpgid(process) != getpgid(0))
        }
    }

    @Test func `say which folder keeps the account of the servers out`() async throws {
        guard ServerAccount.isRoot else { return }
        try await withScratchFolder { folder in
            try Files.makeFolder("\(folder)/closed", mode: 0o700)
            let servers = try LocalServers(home: HomeFolder(path: "\(folder)/closed/home"), logger: .quiet)
            let error = await #expect(throws: LocalServersError.self) { try await servers.start() }
            #expect(error?.code == .folder)
            #expect(error?.message.contains("cannot enter \(folder)/closed.") == true)
            #expect(error?.message.contains("--home") == true)
        }
    }

    @Test func `run as their unprivileged account under root`() async throws {
        guard ServerAccount.isRoot else { return }
        try await withPrivateRedis { server, _ in
            let process = try #require(await server.identifier)
            var status = stat()
            #expect(stat("/proc/\(process)", &status) == 0)
            #expect(status.st_uid == ServerAccount.find("postgres")?.user)
        }
    }

    private func waitUntilGone(_ pidFile: String) async throws {
        let deadline = ContinuousClock.now.advanced(by: .seconds(15))
        while Orphan.identifier(in: pidFile).map(lives) == true {
            try #require(ContinuousClock.now < deadline, "\(pidFile) names a process that still lives")
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}

@Suite(.timeLimit(.minutes(1)))
struct `A supervised program` {
    @Test func `gets its arguments and variables as they are`() async throws {
        try await withScratchFolder { folder in
            let odd = #"$(touch x); "quoted" 'it' *"#
            let program = SupervisedProgram(
                "/usr/bin/env",
                ["printenv", "ODD"],
                environment: ["ODD": odd],
                log: "\(folder)/log"
            )
            try program.start()
            #expect(await program.waitForExit() == .exited(0))
            #expect(program.output() == odd)
        }
    }

    @Test func `can be asked to end, and be killed`() async throws {
        try await withScratchFolder { folder in
            let polite = SupervisedProgram("/bin/sleep", ["600"], environment: [:], log: "\(folder)/log")
            try polite.start()
            #expect(polite.isRunning)
            #expect(await polite.terminate() == .exited(128 + SIGTERM))
            #expect(!polite.isRunning)
            try polite.start()
            await polite.kill9()
            #expect(await polite.waitForExit() == .exited(128 + SIGKILL))
        }
    }

    @Test func `stops waiting when the waiting task is cancelled`() async throws {
        try await withScratchFolder { folder in
            let program = SupervisedProgram("/bin/sleep", ["600"], environment: [:], log: "\(folder)/log")
            try program.start()
            let waiting = Task { await program.waitForExit() }
            waiting.cancel()
            #expect(await waiting.value == nil)
            #expect(program.isRunning)
            await program.kill9()
        }
    }
}
