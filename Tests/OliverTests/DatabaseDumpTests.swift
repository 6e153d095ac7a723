import Glibc
import LocalServers
import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct `A dump of a database` {
    @Test func `is where a relative path says, whole, and for its owner alone`() async throws {
        // Below the folder in which the tests run: what is relative must not reach it from anywhere else.
        let folder = "oliver-test-\(Secrets.random().prefix(16))"
        try Files.makeFolder(folder)
        defer { Files.removeFolder(folder) }
        let file = "\(folder)/oliver.dump"
        try await withPostgres { url in
            try await execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n", url)
            try await DatabaseDump.write(try PostgresConfiguration(url: url).environment, to: file)
        }
        var status = stat()
        #expect(stat(file, &status) == 0 && status.st_size > 1_000)
        #expect(status.st_mode & 0o777 == 0o600)
        #expect(!Files.exists("\(file).partial"))
        #expect(!Files.exists("/\(file).partial"))
        #expect(try await DatabaseDump.tables(in: file) == ["kept"])
        try await withPostgres { url in
            try await DatabaseDump.read(file, into: try PostgresConfiguration(url: url).environment)
            try await execute("SELECT 1 / (count(*) = 1000)::int FROM kept", url)
        }
    }

    @Test func `that fails leaves nothing behind, and the one before as it was`() async throws {
        try await withScratchFolder { folder in
            let file = "\(folder)/oliver.dump"
            try Files.write("before", to: file)
            try await withPostgres { url in
                var environment = try PostgresConfiguration(url: url).environment
                environment["PGDATABASE"] = "nowhere"
                await #expect(throws: LocalServersError.self) { try await DatabaseDump.write(environment, to: file) }
            }
            #expect(Files.read(file) == "before")
            #expect(!Files.exists("\(file).partial"))
        }
    }

    private func execute(_ statement: SQL, _ url: String) async throws {
        let connection = try await PostgresConnection.open(try PostgresConfiguration(url: url), logger: .quiet)
        _ = try await connection.query(statement)
        await connection.close()
    }
}
