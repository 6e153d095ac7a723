import Glibc
import TestSupport
import Testing

@testable import LocalServers

@Suite struct `The writer of new pages` {
    @Test func `writes what has changed in tables since the last time, and nothing else`() async throws {
        try await withScratchFolder { folder in
            let database = "\(folder)/base/13572"
            try Files.makeFolder(database)
            let writer = PageWriter(data: folder)
            #expect(await !writer.write())
            try Files.write("a table of the system", to: "\(database)/1259")
            #expect(await !writer.write())
            try Files.write("a table", to: "\(database)/16390.1")
            #expect(await writer.write())
            #expect(await !writer.write())
            let descriptor = open("\(database)/16390.1", O_WRONLY | O_CLOEXEC)
            defer { close(descriptor) }
            // What makes the change of the file known may stand still for one tick of the kernel.
            try #require(futimens(descriptor, [timespec(tv_sec: 1, tv_nsec: 0), timespec(tv_sec: 1, tv_nsec: 0)]) == 0)
            #expect(await writer.write())
        }
    }

    @Test func `finds the tables of a real server`() async throws {
        try await withPrivatePostgres { server, _ in
            let writer = PageWriter(data: server.recipe.cluster.data)
            try await server.execute("CREATE TABLE before AS SELECT 1")
            #expect(await writer.write())
            try await server.execute("CREATE TABLE after AS SELECT generate_series(1, 10000)")
            #expect(await writer.write())
        }
    }

    @Test func `leaves links and pipes alone, and a folder that is not there`() async throws {
        try await withScratchFolder { folder in
            let database = "\(folder)/base/16384"
            #expect(await !PageWriter(data: folder).write())
            try Files.makeFolder(database)
            try #require(symlink("/etc/passwd", "\(database)/16390") == 0)
            try #require(mkfifo("\(database)/16391", 0o600) == 0)
            #expect(await !PageWriter(data: folder).write())
        }
    }
}
