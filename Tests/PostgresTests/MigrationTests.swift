import Logging
import Postgres
import Testing

extension LiveTests {
    @Suite struct Migrations {
        /// A database of this test's own.
        private func database(_ name: String) async throws -> PostgresConfiguration {
            let configuration = try LiveTests.configuration()
            let connection = try await PostgresConnection.open(configuration, logger: testLogger)
            _ = try await connection.query(SQL(assembled: "CREATE DATABASE \(name)"))
            await connection.close()
            return configuration.with(database: name)
        }

        private let steps = [
            Migration(id: "test-0001", name: "first", sql: "CREATE TABLE m (a int); INSERT INTO m VALUES (1)"),
            Migration(id: "test-0002", name: "second", sql: "ALTER TABLE m ADD b int; INSERT INTO m VALUES (2, 2)"),
        ]

        @Test func `five that start together apply each step once`() async throws {
            let configuration = try await database("migrations_race")
            let steps = steps
            let applied = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<5 {
                    group.addTask {
                        try await PostgresMigrator(steps, configuration: configuration, logger: testLogger).apply()
                            .count
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(applied.sorted() == [0, 0, 0, 0, 2])
            let pool = PostgresPool(configuration, logger: testLogger)
            #expect(try await pool.query("SELECT sum(a) AS s FROM m").first?.value("s") == Int64(3))
            pool.close()
        }

        @Test func `pending lists what is missing and changes nothing`() async throws {
            let configuration = try await database("migrations_pending")
            let all = PostgresMigrator(steps, configuration: configuration, logger: testLogger)
            #expect(try await all.pending().map(\.id) == ["test-0001", "test-0002"])
            try await PostgresMigrator([steps[0]], configuration: configuration, logger: testLogger).apply()
            #expect(try await all.pending().map(\.id) == ["test-0002"])
            try await all.apply()
            #expect(try await all.pending().isEmpty)
        }

        @Test func `a changed step, a shared id and a failing step are errors`() async throws {
            let configuration = try await database("migrations_errors")
            try await PostgresMigrator(steps, configuration: configuration, logger: testLogger).apply()
            let edited = [Migration(id: "test-0001", name: "first", sql: "CREATE TABLE other (a int)")]
            let error = await #expect(throws: PostgresError.self) {
                try await PostgresMigrator(edited, configuration: configuration, logger: testLogger).apply()
            }
            #expect(error?.code == .migration)
            #expect(error?.message == "migration test-0001 was changed after it was applied")
            let twice = await #expect(throws: PostgresError.self) {
                try await PostgresMigrator([steps[0], steps[0]], configuration: configuration, logger: testLogger)
                    .apply()
            }
            #expect(twice?.code == .migration)
            let broken = [Migration(id: "test-0003", name: "third", sql: "CREATE TABLE half (a int); SELECT 1 / 0")]
            let failed = await #expect(throws: PostgresError.self) {
                try await PostgresMigrator(broken, configuration: configuration, logger: testLogger).apply()
            }
            #expect(failed?.sqlState == "22012")
            let pool = PostgresPool(configuration, logger: testLogger)
            #expect(try await pool.query("SELECT to_regclass('half') IS NULL AS gone").first?.value("gone") == true)
            pool.close()
        }
    }
}
