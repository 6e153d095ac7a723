import CPostgres
import Domain
import Postgres
import Testing

extension LiveTests {
    /// What happens to a replica that is frozen with locks in hand, and to those that wait for them.
    @Suite struct StalledClients {
        /// A client that claims a row, begins a COPY and then says nothing.
        private final class Silent {
            private let connection: OpaquePointer?

            init(url: String) {
                connection = PQconnectdb(url)
                for statement in ["BEGIN", "INSERT INTO stalled VALUES (1)", "COPY stalled FROM STDIN"] {
                    PQclear(PQexec(connection, statement))
                }
            }

            deinit { PQfinish(connection) }
        }

        private func pool(stallLimit: Duration) throws -> PostgresPool {
            var configuration = try LiveTests.configuration()
            configuration.lockTimeout = .milliseconds(100)
            configuration.idleInTransactionTimeout = stallLimit
            return PostgresPool(configuration, logger: testLogger)
        }

        private func claim(_ pool: PostgresPool) async throws {
            try await pool.withTransaction { _ = try await $0.query("INSERT INTO stalled VALUES (1)") }
        }

        @Test func `ends a client that fell silent in the middle of COPY, so that another gets its locks`()
            async throws
        {
            let url = try #require(DatabaseTrait.url)
            let patient = try pool(stallLimit: .seconds(60))
            try await patient.withConnection {
                try await $0.execute(script: "CREATE TABLE stalled (a int PRIMARY KEY)")
            }
            let silent = Silent(url: url)
            let refused = await #expect(throws: PostgresError.self) { try await claim(patient) }
            #expect(refused?.isLockTimeout == true)
            #expect(refused?.isRetriable == true)
            // Of this database: other tests copy into theirs meanwhile.
            let waits = try await patient.query(
                """
                SELECT count(*) AS n FROM pg_stat_activity
                WHERE state = 'active' AND wait_event = 'ClientRead' AND datname = current_database()
                """
            )
            #expect(try waits.first?.value("n") == Int64(1), "within its limit it keeps what it has")
            // Each claim waits a tenth of it for the lock. It is the claim's own limit too, which a slow machine must keep.
            let impatient = try pool(stallLimit: .seconds(1))
            var refusals = 0
            while refusals < 100 {
                do {
                    try await claim(impatient)
                    break
                } catch let error as PostgresError where error.isLockTimeout {
                    refusals += 1
                }
            }
            #expect((1..<100).contains(refusals))
            #expect(try await patient.query("SELECT count(*) AS n FROM stalled").first?.value("n") == Int64(1))
            withExtendedLifetime(silent) {}
        }
    }
}
