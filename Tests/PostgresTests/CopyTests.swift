import Domain
import Logging
import Postgres
import Testing

extension LiveTests {
    @Suite struct Copying {
        @Test func `copies 100,000 rows with every type and says how many`() async throws {
            let connection = try await PostgresConnection.open(try LiveTests.configuration(), logger: testLogger)
            try await connection.execute(
                script: """
                    CREATE TEMP TABLE c (a bigint, b int, c smallint, d boolean, e text, f jsonb, g bytea, h timestamptz,
                        i numeric, j bigint[], k smallint[])
                    """
            )
            var rows = PostgresCopyBuffer(reservingBytes: 20_000_000)
            for number in 0..<100_000 {
                rows.beginRow(columns: 11)
                rows.append(Int64(number))
                rows.append(Int32(number))
                rows.append(Int16(7))
                rows.append(number % 2 == 0)
                rows.append("text \(number)")
                rows.append(json: "{\"n\": \(number)}")
                rows.append(bytes: [1, 2, 0])
                rows.append(Timestamp(seconds: Int64(number)))
                rows.append(numeric: Int128(number) * 1_000_000_000_000_000_000)
                rows.append(int64Array: [Int64(number)])
                rows.append(int16Array: number == 5 ? nil : [1])
            }
            let size = rows.byteCount
            let start = ContinuousClock.now
            let count = try await connection.copyIn("COPY c FROM STDIN (FORMAT binary)", rows)
            let duration = ContinuousClock.now - start
            print("COPY: 100,000 rows, \(size) bytes in \(duration)")
            #expect(count == 100_000)
            let sums = try #require(
                try await connection.query(
                    """
                    SELECT sum(a) a, sum(b) b, sum(c) c, count(*) FILTER (WHERE d) d, sum((f->>'n')::bigint) f,
                        max(h) h, sum(i) i, sum(j[1]) j, count(k) k, min(length(g)) g, max(e) e FROM c
                    """
                ).first
            )
            let sum: Int64 = 4_999_950_000
            #expect(try sums.value("a") == sum)
            #expect(try sums.value("b") == sum)
            #expect(try sums.value("c") == Int64(700_000))
            #expect(try sums.value("d") == Int64(50_000))
            #expect(try sums.value("f") == sum)
            #expect(try sums.value("h") == Timestamp(seconds: 99_999))
            #expect(try sums.value("i") == Int128(sum) * 1_000_000_000_000_000_000)
            #expect(try sums.value("j") == sum)
            #expect(try sums.value("k") == Int64(99_999))
            #expect(try sums.value("g") == Int64(3))
            #expect(try sums.value("e") == "text 99999")
            await connection.close()
        }

        @Test(arguments: [0, 1, 20_000])
        func `rows are read as they were, in pieces of any size`(count: Int) async throws {
            let connection = try await PostgresConnection.open(try LiveTests.configuration(), logger: testLogger)
            let query = """
                SELECT n - 3, (n % 2)::smallint, n % 2 = 0, CASE WHEN n % 3 > 0 THEN repeat('ü', n % 90) END,
                    jsonb_build_object('n', n), to_timestamp(n)
                FROM generate_series(1, \(count)) AS n
                """
            var reader = PostgresCopyReader(columns: 6)
            var number: Int64 = 0
            let sql = SQL(assembled: "COPY (\(query)) TO STDOUT (FORMAT binary)")
            try await connection.copyOut(sql, size: 4_096) { piece in
                reader.read(piece)
                while try reader.next() {
                    number += 1
                    let text = number % 3 > 0 ? String(repeating: "ü", count: Int(number % 90)) : nil
                    let isAsItWas =
                        reader.integer(0) == number - 3 && reader.integer(1) == number % 2
                        && reader.integer(2) == (number % 2 == 0 ? 1 : 0)
                        && reader.text(3).map { String(decoding: $0, as: UTF8.self) } == text
                        && reader.json(4).map { String(decoding: $0, as: UTF8.self) } == "{\"n\": \(number)}"
                        && reader.microseconds(5) == number * 1_000_000
                    if !isAsItWas { Issue.record("row \(number) is another") }
                }
            }
            #expect(number == Int64(count))
            reader.read([0, 5, 1])
            #expect(throws: PostgresError.self) { try reader.next() }
            await connection.close()
        }

        @Test func `a refused row copies nothing and leaves the connection usable`() async throws {
            let connection = try await PostgresConnection.open(try LiveTests.configuration(), logger: testLogger)
            try await connection.execute(script: "CREATE TEMP TABLE c (a bigint PRIMARY KEY)")
            var rows = PostgresCopyBuffer()
            for number in [1, 2, 1] {
                rows.beginRow(columns: 1)
                rows.append(Int64(number))
            }
            let error = await #expect(throws: PostgresError.self) {
                try await connection.copyIn("COPY c FROM STDIN (FORMAT binary)", rows)
            }
            #expect(error?.isUniqueViolation == true)
            let wrong = await #expect(throws: PostgresError.self) { try await connection.copyIn("SELECT 1", rows) }
            #expect(wrong?.code == .protocolViolation)
            #expect(try await connection.query("SELECT count(*) AS n FROM c").first?.value("n") == Int64(0))
            #expect(connection.isReusable)
            await connection.close()
        }
    }
}
