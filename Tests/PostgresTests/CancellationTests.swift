import Logging
import Postgres
import Testing

extension LiveTests {
    @Suite struct Cancellation {
        /// Cancels `body` once `isRunning` sees it on the server, and returns how long it then took to end.
        private func cancelled(
            _ configuration: PostgresConfiguration,
            marker: String,
            _ body: @escaping @Sendable () async throws -> Void
        ) async throws -> Duration {
            let observer = try await PostgresConnection.open(configuration, logger: testLogger)
            let task = Task { try await body() }
            while try await observer.query(
                "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE $1 AND pid <> pg_backend_pid()",
                [.text("%\(marker)%")]
            ).isEmpty {
                try await Task.sleep(for: .milliseconds(5))
            }
            let start = ContinuousClock.now
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            await observer.close()
            return ContinuousClock.now - start
        }

        @Test func `a cancelled statement ends at once and its connection lives on`() async throws {
            let configuration = try LiveTests.configuration()
            let pool = PostgresPool(configuration, logger: testLogger)
            let duration = try await cancelled(configuration, marker: "cancel-one") {
                _ = try await pool.query("SELECT pg_sleep(60) /* cancel-one */")
            }
            print("cancellation took \(duration)")
            #expect(duration < .seconds(1))
            #expect(pool.counts.idle == 1)
            #expect(try await pool.query("SELECT 7 AS a").first?.value("a") == Int64(7))
        }

        @Test func `a cancelled transaction is undone and its connection lives on`() async throws {
            let configuration = try LiveTests.configuration()
            let pool = PostgresPool(configuration, logger: testLogger)
            try await pool.withConnection { try await $0.execute(script: "CREATE TABLE cancel_t (a int)") }
            let duration = try await cancelled(configuration, marker: "cancel-two") {
                try await pool.withTransaction { connection in
                    _ = try await connection.query("INSERT INTO cancel_t VALUES (1)")
                    _ = try await connection.query("SELECT pg_sleep(60) /* cancel-two */")
                }
            }
            #expect(duration < .seconds(1))
            #expect(pool.counts.idle == 1)
            #expect(try await pool.query("SELECT a FROM cancel_t").isEmpty)
        }

        @Test func `a task cancelled before it asks never reaches the server`() async throws {
            let pool = PostgresPool(try LiveTests.configuration(), logger: testLogger)
            let task = Task {
                while !Task.isCancelled { await Task.yield() }
                _ = try await pool.query("SELECT 1")
            }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(pool.counts.idle + pool.counts.busy == 0)
        }

        @Test func `many statements cancelled at random moments leave no answer behind for the next`() async throws {
            let pool = PostgresPool(try LiveTests.configuration(), logger: testLogger)
            var random = SplitMix(state: 1)
            for number in 0..<300 {
                let task = Task { try await pool.query("SELECT $1::bigint AS a, pg_sleep(0.0005)", [.int(number)]) }
                try await Task.sleep(for: .microseconds(Int64(random.next() % 1_500)))
                task.cancel()
                if let result = try? await task.value {
                    #expect(try result.first?.value("a") == Int64(number))
                }
                let next = try await pool.query("SELECT $1::bigint AS b", [.int(-number)])
                #expect(try next.first?.value("b") == Int64(-number))
            }
            #expect(pool.counts.busy == 0)
        }

        @Test func `the server's statement timeout is in force`() async throws {
            var configuration = try LiveTests.configuration()
            configuration.statementTimeout = .milliseconds(50)
            let pool = PostgresPool(configuration, logger: testLogger)
            let error = await #expect(throws: PostgresError.self) { try await pool.query("SELECT pg_sleep(60)") }
            #expect(error?.sqlState == "57014")
        }
    }
}
