import Domain
import Logging
import Postgres
import Testing

extension LiveTests {
    @Suite struct Values {
        let pool: PostgresPool

        init() throws { pool = PostgresPool(try LiveTests.configuration(), logger: testLogger) }

        func row(_ sql: SQL, _ values: [PostgresValue] = []) async throws -> PostgresRow {
            try #require(try await pool.query(sql, values).first)
        }

        @Test func `scalars round trip`() async throws {
            let time = Timestamp(microseconds: 1_763_892_000_123_456)
            let row = try await row(
                "SELECT $1::bigint a, $2::int b, $3::text c, $4::boolean d, $5::bytea e, $6::timestamptz f, $7::smallint g",
                [.int(.min), .int(-7), .text("naïve 🦉"), true, .bytes([0, 1, 0, 255]), .timestamp(time), .int(3)]
            )
            #expect(try row.value("a") == Int64.min)
            #expect(try row.value("b") == Int32(-7))
            #expect(try row.value("b") == Int64(-7))
            #expect(try row.value("c") == "naïve 🦉")
            #expect(try row.value("d") == true)
            #expect(try row.value("e") == [UInt8]([0, 1, 0, 255]))
            #expect(try row.value("f") == time)
            #expect(try row.value("g") == Int16(3))
        }

        @Test(arguments: [0, 1, -1, 9_999, 10_000, -120_000_000, Int128.max, Int128.min, Int128.max / 10_000 * 10_000])
        func `an Int128 round trips as numeric, alone and in an array`(number: Int128) async throws {
            let row = try await row(
                "SELECT $1::numeric a, ($2::numeric[])[1] b, $2::numeric[] c",
                [
                    .numeric(number), .numericArray([number]),
                ]
            )
            #expect(try row.value("a") == number)
            #expect(try row.value("b") == number)
            #expect(try row.value("c") == [number])
            #expect(try row.value("a") == String(number))
        }

        @Test(arguments: ["0", "0.000000000001", "-12.5", "1234567890.00001234", "10000", "100000000.0", "-0.10"])
        func `a numeric decodes to the server's own text`(text: String) async throws {
            #expect(try await row("SELECT $1::numeric a", [.text(text)]).value("a") == text)
        }

        @Test func `arrays round trip with NULLs inside and empty`() async throws {
            let row = try await row(
                """
                SELECT $1::bigint[] a, $2::text[] b, $3::bytea[] c, $4::uuid[] d, $5::timestamptz[] e,
                    $6::bigint[] empty, ($7::bigint[])[2] IS NULL n, $8::smallint[] g, $9::int[] h, $10::boolean[] i
                """,
                [
                    .int64Array([1, -2]), .textArray(["x", "", "{\"y\"}"]), .bytesArray([[], [0]]),
                    .uuidArray([Array(0..<16)]), .timestampArray([Timestamp(seconds: 0)]), .int64Array([]),
                    .int64Array([1, nil]), .int16Array([5]), .int32Array([6]), .boolArray([true, nil]),
                ]
            )
            #expect(try row.value("a") == [Int64]([1, -2]))
            #expect(try row.value("b") == ["x", "", "{\"y\"}"])
            #expect(try row.value("c") == [[UInt8]]([[], [0]]))
            #expect(try row.value("d") == ["00010203-0405-0607-0809-0a0b0c0d0e0f"])
            #expect(try row.value("empty") == [Int64]([]))
            #expect(try row.value("n") == true)
            #expect(try row.value("g") == [Int16]([5]))
            #expect(try row.value("h") == [Int32]([6]))
        }

        @Test func `NULL decodes to nil and to a clear error`() async throws {
            let row = try await row("SELECT $1::bigint a, $2::text b", [.int(nil), .text(nil)])
            #expect(try row.optional("a", as: Int64.self) == nil)
            #expect(try row.isNull("b"))
            let error = #expect(throws: PostgresError.self) { try row.value("a", as: Int64.self) }
            #expect(error?.code == .decoding)
            #expect(error?.description == "postgres: decoding: column \"a\" is NULL")
        }

        @Test func `a wrong type, name or range is a clear error`() async throws {
            let row = try await row("SELECT 5000000000::bigint a, 'x'::text b, 1.5::numeric c, jsonb '{\"k\": 1}' j")
            #expect(throws: PostgresError.self) { try row.value("a", as: Int32.self) }
            #expect(throws: PostgresError.self) { try row.value("b", as: Int64.self) }
            #expect(throws: PostgresError.self) { try row.value("c", as: Int128.self) }
            #expect(throws: PostgresError.self) { try row.value("z", as: Int64.self) }
            #expect(throws: PostgresError.self) { try row.value(at: 9, as: Int64.self) }
            #expect(try row.value("j") == "{\"k\": 1}")
        }

        @Test(arguments: [Int64.min, Int64.min + 946_684_800_000_000] as [Int64])
        func `a time beyond PostgreSQL's is refused by the server`(microseconds: Int64) async throws {
            let time = Timestamp(microseconds: microseconds)
            let error = await #expect(throws: PostgresError.self) {
                try await row("SELECT $1::timestamptz", [.timestamp(time)])
            }
            #expect(error?.sqlState == "22008")
        }

        @Test func `text with a NUL is refused, not cut`() async throws {
            let error = await #expect(throws: PostgresError.self) { try await row("SELECT $1::text", ["a\0b"]) }
            #expect(error?.code == .invalidValue)
            let second = await #expect(throws: PostgresError.self) {
                try await row("SELECT $1::text[]", [.textArray(["a\0b"])])
            }
            #expect(second?.sqlState == "22021")
            #expect(second?.isRetriable == false)
        }

        @Test func `statements stay prepared within the cache's bound and survive a changed table`() async throws {
            var configuration = try LiveTests.configuration()
            configuration.statementCacheSize = 3
            let connection = try await PostgresConnection.open(configuration, logger: testLogger)
            for number in 0..<10 {
                let sql = SQL(assembled: "SELECT \(number) + $1::int AS n")
                #expect(try await connection.query(sql, [1]).first?.value("n") == Int64(number + 1))
            }
            let kept = try await connection.query("SELECT count(*) AS n FROM pg_prepared_statements")
            #expect(try kept.first?.value("n") == Int64(3))
            try await connection.execute(script: "CREATE TEMP TABLE t (a int); INSERT INTO t VALUES (1)")
            #expect(try await connection.query("SELECT * FROM t").first?.value(at: 0) == Int64(1))
            try await connection.execute(script: "ALTER TABLE t ALTER a TYPE text")
            #expect(try await connection.query("SELECT * FROM t").first?.value(at: 0) == "1")
            await connection.close()
        }

        @Test func `a pipeline returns a result per statement, or the first error`() async throws {
            try await pool.withConnection { connection in
                try await connection.execute(script: "CREATE TEMP TABLE p (a bigint PRIMARY KEY)")
                let results = try await connection.pipeline([
                    PostgresQuery("INSERT INTO p VALUES ($1), ($2)", [1, 2]),
                    PostgresQuery("INSERT INTO p VALUES ($1), ($2)", [3, 4]),
                    PostgresQuery("SELECT sum(a) AS s FROM p"),
                ])
                #expect(results.map(\.affectedRowCount) == [2, 2, 1])
                #expect(try results[2].first?.value("s") == Int64(10))
                let error = await #expect(throws: PostgresError.self) {
                    try await connection.pipeline([
                        PostgresQuery("INSERT INTO p VALUES ($1)", [5]),
                        PostgresQuery("INSERT INTO p VALUES ($1)", [1]),
                        PostgresQuery("SELECT a FROM p WHERE a = $1", [1]),
                    ])
                }
                #expect(error?.isUniqueViolation == true)
                #expect(error?.constraint == "p_pkey")
                // The failed pipeline was one transaction, and the connection goes on.
                #expect(try await connection.query("SELECT sum(a) AS s FROM p").first?.value("s") == Int64(10))
                #expect(try await connection.query("SELECT a FROM p WHERE a = $1", [1]).count == 1)
            }
        }

        @Test func `a pipeline bigger than every buffer does not get stuck`() async throws {
            let text = String(repeating: "x", count: 100_000)
            try await pool.withConnection { connection in
                let queries = (0..<200).map { _ in PostgresQuery("SELECT $1::text AS t", [.text(text)]) }
                let results = try await connection.pipeline(queries)
                #expect(results.count == 200)
                #expect(try results[199].first?.value("t", as: String.self).utf8.count == 100_000)
            }
        }

        @Test func `a URL is read with all that libpq knows, and its description hides the password`() async throws {
            let local = try PostgresConfiguration(url: "postgres:///db?host=/run/postgresql&port=5433")
            #expect(local.parameters["host"] == "/run/postgresql")
            #expect(local.parameters["dbname"] == "db")
            let secret = try PostgresConfiguration(url: "postgres://u:hunter2@h/db?sslmode=require&application_name=x")
            #expect(!secret.description.contains("hunter2"))
            #expect(secret.description.contains("sslmode=require"))
            #expect(secret.applicationName == "x")
            #expect(!"\(secret.parameters)".contains("hunter2"))
            #expect(throws: PostgresError.self) { try PostgresConfiguration(url: "mysql://x") }
            #expect(throws: PostgresError.self) { try PostgresConfiguration(url: "postgres://h/d?nonsense=1") }
        }
    }
}
