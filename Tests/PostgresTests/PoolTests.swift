import Logging
import Postgres
import Testing

extension LiveTests {
    @Suite struct Pool {
        @Test func `never opens more connections than allowed and serves everybody`() async throws {
            var configuration = try LiveTests.configuration()
            configuration.poolSize = 3
            configuration.applicationName = "pool-bounds"
            let pool = PostgresPool(configuration, logger: testLogger)
            let peak = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<100 {
                    group.addTask {
                        let rows = try await pool.query(
                            "SELECT count(*) AS n FROM pg_stat_activity WHERE application_name = 'pool-bounds'"
                        )
                        return try rows.first?.value("n") ?? 0
                    }
                }
                return try await group.reduce(0) { max($0, $1) }
            }
            #expect(peak <= 3)
            #expect(pool.counts.busy == 0)
            #expect(pool.counts.waiting == 0)
        }

        @Test func `a caller that waits too long is told so, and the connection is not lost`() async throws {
            var configuration = try LiveTests.configuration()
            configuration.poolSize = 1
            configuration.leaseTimeout = .milliseconds(30)
            let pool = PostgresPool(configuration, logger: testLogger)
            try await pool.withConnection { _ in
                let error = await #expect(throws: PostgresError.self) { try await pool.query("SELECT 1") }
                #expect(error?.code == .poolTimeout)
                #expect(error?.isRetriable == true)
            }
            #expect(pool.counts == (1, 0, 0))
            #expect(try await pool.query("SELECT 1 AS a").count == 1)
        }

        @Test func `a cancelled caller leaves the line at once`() async throws {
            var configuration = try LiveTests.configuration()
            configuration.poolSize = 1
            let pool = PostgresPool(configuration, logger: testLogger)
            try await pool.withConnection { _ in
                let task = Task { try await pool.query("SELECT 1") }
                while pool.counts.waiting == 0 { await Task.yield() }
                task.cancel()
                await #expect(throws: CancellationError.self) { try await task.value }
                #expect(pool.counts == (0, 1, 0))
            }
            #expect(pool.counts == (1, 0, 0))
        }

        @Test func `one more than the line holds is refused at once`() async throws {
            var configuration = try LiveTests.configuration()
            configuration.poolSize = 1
            configuration.maximumWaiters = 1
            let pool = PostgresPool(configuration, logger: testLogger)
            try await pool.withConnection { _ in
                let first = Task { try await pool.query("SELECT 1") }
                while pool.counts.waiting == 0 { await Task.yield() }
                let error = await #expect(throws: PostgresError.self) { try await pool.query("SELECT 1") }
                #expect(error?.code == .poolOverloaded)
                first.cancel()
                _ = try? await first.value
            }
        }

        @Test func `run closes the pool when it is cancelled and refuses those who wait`() async throws {
            var configuration = try LiveTests.configuration()
            configuration.poolSize = 1
            let pool = PostgresPool(configuration, logger: testLogger)
            let service = Task { await pool.run() }
            try await pool.withConnection { _ in
                let waiting = Task { try await pool.query("SELECT 1") }
                while pool.counts.waiting == 0 { await Task.yield() }
                service.cancel()
                await service.value
                let error = await #expect(throws: PostgresError.self) { try await waiting.value }
                #expect(error?.code == .poolClosed)
            }
            #expect(pool.counts == (0, 0, 0))
            let error = await #expect(throws: PostgresError.self) { try await pool.query("SELECT 1") }
            #expect(error?.code == .poolClosed)
        }

        @Test func `an unreachable server is a retriable error and frees the slot`() async throws {
            var configuration = try PostgresConfiguration(url: "postgres://nobody@127.0.0.1:1/none")
            configuration.poolSize = 1
            let pool = PostgresPool(configuration, logger: testLogger)
            for _ in 0..<3 {
                let error = await #expect(throws: PostgresError.self) { try await pool.query("SELECT 1") }
                #expect(error?.code == .connectFailed)
                #expect(error?.isRetriable == true)
            }
            #expect(pool.counts == (0, 0, 0))
        }
    }
}

extension LiveTests {
    @Suite struct Threads {
        @Test func `statements that block leave the other tasks their threads`() async throws {
            var configuration = try LiveTests.configuration()
            configuration.poolSize = 20
            let pool = PostgresPool(configuration, logger: testLogger)
            try await withThrowingTaskGroup(of: Void.self) { group in
                let start = ContinuousClock.now
                for _ in 0..<20 {
                    group.addTask { _ = try await pool.query("SELECT pg_sleep(0.5)") }
                }
                while pool.counts.busy < 20 { await Task.yield() }
                try await group.waitForAll()
                #expect(ContinuousClock.now - start < .seconds(4))
            }
        }
    }
}
