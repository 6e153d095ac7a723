import Glibc
@testable import LocalServers
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct `A private PostgreSQL` {
    @Test func `gives each test an empty database of its own`() async throws {
        try await withPostgres { first in
            try await withPostgres { second in
                #expect(first != second)
                #expect(try await psql(first, "CREATE TABLE t (n int)") == "CREATE TABLE")
                #expect(try await psql(second, "CREATE TABLE t (n int)") == "CREATE TABLE")
                let encoding = try await psql(first, "SHOW server_encoding")
                #expect(encoding == "UTF8")
                #expect(try await psql(first, "SHOW timezone") == "UTC")
            }
        }
    }

    @Test func `keeps its data over a restart and over SIGKILL`() async throws {
        try await withPrivatePostgres(durability: .full) { server, url in
            #expect(try await psql(url, "SHOW fsync") == "on")
            #expect(["lz4", "off"].contains(try await psql(url, "SHOW wal_compression")))
            #expect(try await psql(url, "CREATE TABLE t AS SELECT 42 AS n") == "SELECT 1")
            try await server.restart()
            #expect(try await psql(url, "SELECT n FROM t") == "42")
            await server.kill9()
            #expect(try await psql(url, "SELECT n FROM t").contains("refused"))
            #expect(try await server.start() == url)
            #expect(try await psql(url, "SELECT n FROM t") == "42")
        }
    }

    @Test func `asks for the password`() async throws {
        try await withPostgres { url in
            let at = try #require(url.lastIndex(of: "@"))
            let answer = try await psql("postgres://oliver:wrong\(url[at...])", "SELECT 1")
            #expect(answer.contains("password authentication failed"))
        }
    }

    @Test func `makes its cluster anew when an earlier attempt was cut off`() async throws {
        try await withScratchFolder { folder in
            try Files.makeFolder("\(folder)/postgres/data.new/base", mode: 0o755)
            try Files.write("half", to: "\(folder)/postgres/data.new/PG_VERSION", mode: 0o644)
            var configuration = LocalPostgres.Configuration(folder: "\(folder)/postgres", secret: "s")
            configuration.durability = .none
            let server = try LocalPostgres(configuration, logger: .quiet)
            let url = try await server.start()
            #expect(try await psql(url, "SELECT 1") == "1")
            await server.stop()
        }
    }

    @Test func `ends a server of an earlier start on the same folder`() async throws {
        try await withPrivatePostgres { server, url in
            let folder = server.folder
            var configuration = LocalPostgres.Configuration(folder: folder, secret: server.password)
            configuration.durability = .none
            let second = try LocalPostgres(configuration, logger: .quiet)
            let secondURL = try await second.start()
            #expect(secondURL != url)
            #expect(try await psql(secondURL, "SELECT 1") == "1")
            #expect(try await psql(url, "SELECT 1").contains("refused"))
            await second.stop()
        }
    }

    @Test func `names the package to install when there is no server program`() {
        let error = #expect(throws: LocalServersError.self) {
            try Programs.postgresFolder(searching: ["/nowhere"], debian: "/nowhere")
        }
        #expect(error?.code == .missingBinary)
        #expect(error?.message.contains("apt-get install postgresql") == true)
    }
}

extension LocalPostgres {
    fileprivate var folder: String { recipe.folder }
    fileprivate var password: String { secret }
}
