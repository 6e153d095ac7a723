import LocalServers
import Logging
import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct ServerDeathTests {
    @Test func `a killed server is a retriable error and the pool heals after the restart`() async throws {
        try await withPrivatePostgres(durability: .full) { server, url in
            try await harm(server, url: url)
        }
    }

    private func harm(_ server: LocalPostgres, url: String) async throws {
        let pool = PostgresPool(try PostgresConfiguration(url: url), logger: testLogger)
        try await pool.withConnection { try await $0.execute(script: "CREATE TABLE t (id bigint PRIMARY KEY)") }
        let acknowledged = Shared<[Int64]>([])
        let surprises = Shared<[String]>([])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<4 {
                group.addTask {
                    var id = Int64(worker) * 1_000_000
                    while !Task.isCancelled {
                        id += 1
                        let new = id
                        do {
                            try await pool.withTransaction {
                                _ = try await $0.query("INSERT INTO t VALUES ($1)", [.int(new)])
                            }
                            acknowledged.withLock { $0.append(new) }
                        } catch let error as PostgresError where error.isRetriable {
                            try? await Task.sleep(for: .milliseconds(5))
                        } catch {
                            if !(error is CancellationError) { surprises.withLock { $0.append("\(error)") } }
                        }
                    }
                }
            }
            for _ in 0..<3 {
                let target = acknowledged.withLock { $0.count } + 200
                while acknowledged.withLock({ $0.count }) < target { try await Task.sleep(for: .milliseconds(5)) }
                await server.kill9()
                _ = try await server.start()
            }
            let target = acknowledged.withLock { $0.count } + 200
            while acknowledged.withLock({ $0.count }) < target { try await Task.sleep(for: .milliseconds(5)) }
            group.cancelAll()
            try await group.waitForAll()
        }
        #expect(surprises.withLock { $0 } == [])
        let rows = try await pool.query("SELECT id FROM t")
        let kept = Set(try rows.map { try $0.value("id", as: Int64.self) })
        let lost = acknowledged.withLock { $0 }.filter { !kept.contains($0) }
        #expect(lost == [])
        print("server death: \(acknowledged.withLock { $0.count }) acknowledged over 3 kills, \(lost.count) lost")
        #expect(pool.counts.busy == 0)
        pool.close()
    }

    @Test func `an idle connection that the server ended is not lent`() async throws {
        try await withPrivatePostgres { server, url in
            let pool = PostgresPool(try PostgresConfiguration(url: url), logger: testLogger)
            _ = try await pool.query("SELECT 1")
            #expect(pool.counts.idle == 1)
            await server.kill9()
            _ = try await server.start()
            // No retry: the dead connection is noticed before the statement is sent.
            #expect(try await pool.query("SELECT 2 AS a").first?.value("a") == Int64(2))
            pool.close()
        }
    }
}
