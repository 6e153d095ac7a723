import Logging
import Postgres
import Testing

extension LiveTests {
    @Suite struct Transactions {
        struct OwnError: Error, Equatable {}

        let pool: PostgresPool

        init() throws { pool = PostgresPool(try LiveTests.configuration(), logger: testLogger) }

        @Test func `commits what a body did and undoes it when the body throws`() async throws {
            try await pool.withConnection { try await $0.execute(script: "CREATE TABLE tx_a (a int)") }
            try await pool.withTransaction { _ = try await $0.query("INSERT INTO tx_a VALUES (1)") }
            await #expect(throws: OwnError.self) {
                try await pool.withTransaction { connection in
                    _ = try await connection.query("INSERT INTO tx_a VALUES (2)")
                    throw OwnError()
                }
            }
            #expect(try await pool.query("SELECT sum(a) AS s FROM tx_a").first?.value("s") == Int64(1))
            #expect(pool.counts.idle == 1)
        }

        @Test func `says which phase failed`() async throws {
            try await pool.withConnection {
                try await $0.execute(
                    script: """
                        CREATE TABLE tx_p (a int PRIMARY KEY);
                        CREATE TABLE tx_c (a int REFERENCES tx_p DEFERRABLE INITIALLY DEFERRED)
                        """
                )
            }
            let body = await #expect(throws: PostgresError.self) {
                try await pool.withTransaction { _ = try await $0.query("SELECT 1 / 0") }
            }
            #expect(body?.phase == .body)
            #expect(body?.sqlState == "22012")
            let commit = await #expect(throws: PostgresError.self) {
                try await pool.withTransaction { _ = try await $0.query("INSERT INTO tx_c VALUES (1)") }
            }
            #expect(commit?.phase == .commit)
            #expect(commit?.sqlState == "23503")
            let begin = await #expect(throws: PostgresError.self) {
                try await pool.withConnection { connection in
                    await connection.close()
                    try await connection.withTransaction { _ in }
                }
            }
            #expect(begin?.phase == .begin)
            #expect(begin?.code == .connectionLost)
            let rollback = await #expect(throws: PostgresError.self) {
                try await pool.withTransaction { connection in
                    await connection.close()
                    throw OwnError()
                }
            }
            #expect(rollback?.phase == .rollback)
            #expect(rollback?.underlying as? OwnError == OwnError())
            #expect(pool.counts.busy == 0)
        }

        @Test func `a connection left inside a transaction is not lent again`() async throws {
            try await pool.withConnection { _ = try await $0.query("BEGIN") }
            #expect(pool.counts.idle == 0)
            #expect(try await pool.query("SELECT 1 AS a").first?.value("a") == Int64(1))
        }

        @Test func `runs a deadlocked or serialization loser again`() async throws {
            try await pool.withConnection {
                try await $0.execute(
                    script: "CREATE TABLE tx_s (id int PRIMARY KEY, n int); INSERT INTO tx_s VALUES (1, 0)"
                )
            }
            let runs = Shared(0)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask { [pool] in
                        for _ in 0..<10 {
                            try await pool.withTransaction(isolation: .serializable, attempts: 100) { connection in
                                runs.withLock { $0 += 1 }
                                let n: Int = try #require(
                                    try await connection.query("SELECT n FROM tx_s WHERE id = 1").first
                                ).value("n")
                                _ = try await connection.query("UPDATE tx_s SET n = $1 WHERE id = 1", [.int(n + 1)])
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await pool.query("SELECT n FROM tx_s").first?.value("n") == Int64(40))
            #expect(runs.withLock { $0 } > 40)
        }
    }
}
