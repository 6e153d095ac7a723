import Glibc
import TestSupport
import Testing

@testable import LocalServers

@Suite(.timeLimit(.minutes(1))) struct `The removal of what Redis leaves` {
    @Test func `shortens a file that was removed step by step, and no other`() async throws {
        try await withScratchFolder { folder in
            let files = "\(folder)/appendonlydir"
            let kept = "\(folder)/kept"
            try Files.makeFolder(files)
            try Files.write("", to: "\(files)/appendonly.aof.1.incr.aof")
            try #require(truncate("\(files)/appendonly.aof.1.incr.aof", off_t(2 * SlowRemoval.step + 5)) == 0)
            try Files.write("base", to: "\(files)/appendonly.aof.1.base.rdb")
            try Files.write("manifest", to: "\(files)/appendonly.aof.manifest")
            let removal = SlowRemoval(folder: files, kept: kept)
            #expect(await !removal.advance())
            #expect(Set(Files.names(in: kept)) == ["appendonly.aof.1.incr.aof", "appendonly.aof.1.base.rdb"])

            try #require(unlink("\(files)/appendonly.aof.1.incr.aof") == 0)
            for left in [SlowRemoval.step + 5, 5] {
                #expect(await removal.advance())
                #expect(size(of: "\(kept)/appendonly.aof.1.incr.aof") == left)
            }
            #expect(await removal.advance())
            #expect(Files.names(in: kept) == ["appendonly.aof.1.base.rdb"])
            #expect(await !removal.advance())
            #expect(Files.read("\(files)/appendonly.aof.1.base.rdb") == "base")
        }
    }

    @Test func `removes what an earlier run left, and touches no link`() async throws {
        try await withScratchFolder { folder in
            let kept = "\(folder)/kept"
            try Files.makeFolder(kept)
            try Files.write("left", to: "\(kept)/appendonly.aof.1.incr.aof")
            try Files.write("precious", to: "\(folder)/precious")
            try #require(symlink("\(folder)/precious", "\(kept)/appendonly.aof.2.incr.aof") == 0)
            try #require(mkfifo("\(kept)/appendonly.aof.3.incr.aof", 0o600) == 0)
            let removal = SlowRemoval(folder: "\(folder)/nowhere", kept: kept)
            #expect(await removal.advance())
            #expect(await !removal.advance())
            #expect(Files.read("\(folder)/precious") == "precious")
        }
    }

    @Test func `goes where nobody else can write, or nowhere`() async throws {
        try await withScratchFolder { folder in
            let files = "\(folder)/appendonlydir"
            try Files.makeFolder(files)
            try Files.makeFolder("\(folder)/victim")
            try Files.write("precious", to: "\(folder)/victim/appendonly.aof.1.incr.aof")
            try Files.write("new", to: "\(files)/appendonly.aof.2.incr.aof")
            try #require(symlink("\(folder)/victim", "\(folder)/kept") == 0)
            let removal = SlowRemoval(folder: files, kept: "\(folder)/kept")
            #expect(await !removal.advance())
            await removal.leave()
            #expect(Files.names(in: "\(folder)/victim") == ["appendonly.aof.1.incr.aof"])
        }
    }

    /// As when somebody removes the second name just now, or the folder of second names is that of Redis.
    @Test func `leaves a file alone that Redis still names`() async throws {
        try await withScratchFolder { folder in
            let files = "\(folder)/appendonlydir"
            try Files.makeFolder(files)
            try Files.write("needed", to: "\(files)/appendonly.aof.1.incr.aof")
            #expect(await !SlowRemoval(folder: files, kept: files).advance())
            #expect(Files.read("\(files)/appendonly.aof.1.incr.aof") == "needed")
        }
    }

    @Test func `gives second names up when it ends`() async throws {
        try await withScratchFolder { folder in
            let files = "\(folder)/appendonlydir"
            let kept = "\(folder)/kept"
            try Files.makeFolder(files)
            try Files.write("needed", to: "\(files)/appendonly.aof.1.incr.aof")
            let removal = SlowRemoval(folder: files, kept: kept)
            #expect(await !removal.advance())
            #expect(Files.exists("\(kept)/appendonly.aof.1.incr.aof"))
            await removal.leave()
            #expect(!Files.exists(kept))
            #expect(Files.read("\(files)/appendonly.aof.1.incr.aof") == "needed")
        }
    }

    @Test func `frees what a real server has removed, which keeps its data`() async throws {
        try await withPrivateRedis(durability: .always) { server, url in
            let files = try #require(await server.identifier.flatMap { workingFolder(of: $0) }) + "/appendonlydir"
            let removal = SlowRemoval(folder: files, kept: "\(files).removed")
            #expect(try await redis(url, "SET", "a", String(repeating: "x", count: 1_000)) == "OK")
            #expect(await !removal.advance())
            let old = Files.names(in: "\(files).removed").sorted()
            #expect(old.count == 2)
            _ = try await redis(url, "BGREWRITEAOF")
            while !old.allSatisfy({ !Files.exists("\(files)/\($0)") }) { try await Task.sleep(for: .milliseconds(10)) }
            #expect(old.allSatisfy { Files.exists("\(files).removed/\($0)") })
            while await removal.advance() {}
            #expect(old.allSatisfy { !Files.exists("\(files).removed/\($0)") })
            await server.kill9()
            try await server.start()
            #expect(try await redis(url, "STRLEN", "a") == "1000")
        }
    }
}

private func workingFolder(of process: pid_t) -> String? {
    guard let path = realpath("/proc/\(process)/cwd", nil) else { return nil }
    defer { free(path) }
    return String(cString: path)
}
