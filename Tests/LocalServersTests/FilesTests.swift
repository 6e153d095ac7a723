import Glibc
@testable import LocalServers
import TestSupport
import Testing

/// Root works in folders of the servers' account, which must not have it touch anything else.
struct `In a folder of another account` {
    @Test func `removing does not leave it`() async throws {
        try await withScratchFolder { folder in
            try Files.makeFolder("\(folder)/victim")
            try Files.write("kept", to: "\(folder)/victim/file")
            try Files.makeFolder("\(folder)/draft/inner")
            try Files.write("", to: "\(folder)/draft/inner/file")
            #expect(symlink("\(folder)/victim", "\(folder)/draft/inner/link") == 0)
            #expect(symlink("\(folder)/victim", "\(folder)/link") == 0)
            Files.removeFolder("\(folder)/draft")
            Files.removeFolder("\(folder)/link")
            #expect(Files.names(in: folder) == ["victim"])
            #expect(Files.read("\(folder)/victim/file") == "kept")
        }
    }

    @Test func `a file is written into the folder, not where its name leads`() async throws {
        try await withScratchFolder { folder in
            let account = ServerAccount(name: "self", user: geteuid(), group: getegid())
            try Files.makeFolder("\(folder)/victim")
            #expect(symlink("\(folder)/victim", "\(folder)/data") == 0)
            #expect(throws: LocalServersError.self) {
                try Files.write("settings", to: "\(folder)/data/postgresql.conf", owner: account)
            }
            #expect(Files.names(in: "\(folder)/victim") == [])
            try Files.write("settings", to: "\(folder)/victim/postgresql.conf", owner: account)
            #expect(Files.read("\(folder)/victim/postgresql.conf") == "settings")
        }
    }

    @Test(.enabled(if: ServerAccount.isRoot, "only root gives files away"))
    func `a link is given away, and not what it leads to`() async throws {
        try await withScratchFolder { folder in
            try Files.makeFolder("\(folder)/victim")
            #expect(symlink("\(folder)/victim", "\(folder)/data") == 0)
            try Files.give("\(folder)/data", to: ServerAccount(name: "nobody", user: 65_534, group: 65_534))
            var status = stat()
            #expect(stat("\(folder)/victim", &status) == 0)
            #expect(status.st_uid == 0)
        }
    }

    @Test func `a pipe is not waited for`() async throws {
        try await withScratchFolder { folder in
            #expect(mkfifo("\(folder)/redis.pid", 0o600) == 0)
            #expect(Orphan.identifier(in: "\(folder)/redis.pid") == nil)
            #expect(mkfifo("\(folder)/log", 0o600) == 0)
            let log = ServerLog(path: "\(folder)/log")
            let server = try log.openForAppending()
            defer { close(server) }
            #expect(write(server, "words", 5) == 5)
            #expect(log.tail(from: 0) == "words")
        }
    }

    @Test(.enabled(if: ServerAccount.isRoot, "only root gives files away"))
    func `the log of another account moves aside, and the words of a server that fails are told`() async throws {
        try await withScratchFolder { folder in
            try Files.makeFolder("\(folder)/redis/data/appendonlydir", mode: 0o755)
            try Files.write("nonsense", to: "\(folder)/redis/data/appendonlydir/appendonly.aof.manifest", mode: 0o644)
            try Files.write(String(repeating: "an older log\n", count: 1_000), to: "\(folder)/redis/redis.log")
            try Files.give("\(folder)/redis/redis.log", to: ServerAccount(name: "nobody", user: 65_534, group: 65_534))
            let server = try LocalRedis(.init(folder: "\(folder)/redis", secret: "s"), logger: .quiet)
            let error = await #expect(throws: LocalServersError.self) { try await server.start() }
            #expect(error?.message.contains("manifest") == true)
            #expect(size(of: "\(folder)/redis/redis.log.1") == 13_000)
        }
    }

    @Test func `a process of another account is not the server`() async throws {
        try await withScratchFolder { folder in
            try Files.write("", to: "\(folder)/redis.conf")
            let sleeper = try Sleeper(reading: "\(folder)/redis.conf")
            defer { sleeper.end() }
            #expect(Orphan.owns(sleeper.process, folder))
            guard ServerAccount.isRoot else { return }
            try Files.give(folder, to: ServerAccount(name: "nobody", user: 65_534, group: 65_534))
            #expect(!Orphan.owns(sleeper.process, folder))
        }
    }
}

/// A process of this account with a file among its arguments.
private struct Sleeper {
    let process: pid_t

    init(reading file: String) throws {
        var process: pid_t = 0
        let words = ["tail", "-f", file]
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        #expect(posix_spawn(&process, "/usr/bin/tail", nil, nil, &arguments, environ) == 0)
        // The kernel lets a parent go on before it has put a new program's arguments in place.
        while Files.read("/proc/\(process)/cmdline")?.isEmpty == true { sched_yield() }
        self.process = process
    }

    func end() {
        kill(process, SIGKILL)
        waitpid(process, nil, 0)
    }
}
