import Calendars
import Domain
import Ledger
import Postgres
import TestSupport
import Testing

/// Taking a person out of the ledger without changing a sum.
@Suite(.timeLimit(.minutes(2))) struct ErasureTests {
    private let erasure = LedgerErasure(
        workspace: "acme",
        user: "u-1",
        email: "ann@example.com",
        pseudonym: "erased-1"
    )

    private func tags(_ pairs: [(String, String)]) -> [EventIdentity.Tag] {
        pairs.map { EventIdentity.Tag(key: $0.0, value: $0.1) }
    }

    private func entry(_ number: Int64, user: String?, _ pairs: [(String, String)] = []) -> LedgerEntry {
        makeEntry(number, user: user, at: testDay.adding(.seconds(number)), cost: 1_000 + number, tags: tags(pairs))
    }

    private func erase(_ store: PostgresLedgerStore, _ pool: PostgresPool) async throws {
        _ = try await store.eraseTags(of: erasure)
        _ = try await pool.withTransaction { connection in
            try await PostgresLedgerStore.erase(erasure, on: connection)
        }
    }

    private func users(_ store: PostgresLedgerStore) async throws -> [String?: LedgerTotals] {
        let rows = try await store.breakdown(everything(), by: .user, limit: 10).rows
        return Dictionary(uniqueKeysWithValues: rows.map { ($0.key, $0.totals) })
    }

    @Test func `no sum changes but its name`() async throws {
        try await withPostgresStore { store, pool in
            let entries = (1...20).map { entry($0, user: "u-\($0 % 3)", [("user", "u-\($0 % 3)"), ("tier", "u-1")]) }
            _ = try await store.append(entries, writer: "w")
            let before = try await users(store)
            let total = try await store.totals(everything())
            try await erase(store, pool)
            var expected = before
            expected["erased-1"] = expected.removeValue(forKey: "u-1")
            #expect(try await users(store) == expected)
            #expect(try await store.totals(everything()) == total)
        }
    }

    @Test func `tags that name the user are rewritten, others with the same text are not`() async throws {
        try await withPostgresStore { store, pool in
            let entries = [
                entry(1, user: nil, [("user", "u-1"), ("tier", "u-1")]),
                entry(2, user: "u-2", [("email", "ann@example.com")]),
                entry(3, user: "u-2", [("user", "u-2")]),
            ]
            _ = try await store.append(entries, writer: "w")
            // Closed, so that sums by tag are kept and must not be believed afterwards.
            _ = try await store.closePeriods(
                of: "acme",
                by: .standard,
                until: testDay.adding(.seconds(40 * 86_400)),
                limit: .max
            )
            #expect(try await store.eraseTags(of: erasure) == 2)
            #expect(try await store.eraseTags(of: erasure) == 0)
            for (key, expected) in [
                ("user", ["erased-1", "u-2"]), ("tier", ["u-1"]), ("email", ["erased-1@erased.invalid"]),
            ] {
                let rows = try await store.breakdown(everything(), by: .tag(key), limit: 10).rows
                #expect(rows.compactMap(\.key).sorted() == expected)
            }
        }
    }

    /// Costs by the value of the tag `user`, and the names that kept sums still have.
    private func sums(_ store: PostgresLedgerStore, _ pool: PostgresPool) async throws -> ([String?: Int128], [String])
    {
        let rows = try await store.breakdown(everything(), by: .tag("user"), limit: 100).rows
        let kept = try await pool.query("SELECT DISTINCT value FROM period_tag_sums ORDER BY value")
        return (
            Dictionary(uniqueKeysWithValues: rows.map { ($0.key, $0.totals.cost.picoDollars) }),
            try kept.map { try $0.value("value") }
        )
    }

    @Test(arguments: [40, 100]) func `sums by tag of rows that were dropped are the pseudonym's`(gap: Int64)
        async throws
    {
        try await withPostgresStore { store, pool in
            let names = ["u-1", "Ann@Example.com", "ann@example.com", "u-2"]
            // Forty days, of which the older rows are dropped, with or without a gap before the younger ones.
            let entries = (0..<Int64(160)).map { number in
                makeEntry(
                    number,
                    at: testDay.adding(.seconds(-86_400 * (1 + number / 4 + (number / 4 >= 20 ? gap : 0)))),
                    cost: 1_000 + number,
                    tags: tags([("user", names[Int(number % 4)])])
                )
            }
            _ = try await store.append(entries, writer: "w")
            let close = {
                _ = try await store.closePeriods(of: "acme", by: .standard, until: testDay, limit: .max)
            }
            try await close()
            let dropped = try await store.dropDays(
                of: "acme",
                by: .standard,
                before: testDay.adding(.seconds(-86_400 * 20)),
                limit: .max,
                now: testDay
            )
            #expect(dropped >= 20)
            let (before, _) = try await sums(store, pool)
            var expected = before
            expected["erased-1"] = expected.removeValue(forKey: "u-1")
            expected["erased-1@erased.invalid"] =
                (expected.removeValue(forKey: "Ann@Example.com") ?? 0)
                + (expected.removeValue(forKey: "ann@example.com") ?? 0)
            try await erase(store, pool)
            let left = ["erased-1", "erased-1@erased.invalid", "u-2"]
            #expect(try await sums(store, pool) == (expected, left))
            // A late event opens a dropped day: its sums are made from what was kept.
            let late = testDay.adding(.seconds(-86_400 * (25 + gap)))
            _ = try await store.append([makeEntry(999, at: late, cost: 7, tags: tags([("user", "u-2")]))], writer: "w")
            try await close()
            expected["u-2"] = (expected["u-2"] ?? 0) + 7
            #expect(try await sums(store, pool) == (expected, left))
            #expect(try await store.differingPeriods(of: "acme") == [])
        }
    }

    @Test func `a replica that remembers the user's series writes later events to a new one`() async throws {
        try await withPostgresStore { store, pool in
            let other = PostgresLedgerStore(pool: pool, logger: .quiet)
            _ = try await store.append([entry(1, user: "u-1")], writer: "a")
            _ = try await other.append([entry(2, user: "u-1")], writer: "b")
            try await erase(store, pool)
            for (number, replica) in [(Int64(3), store), (4, other)] {
                _ = try await replica.append([entry(number, user: "u-1")], writer: "w\(number)")
            }
            let sums = try await users(store)
            #expect(sums["erased-1"]?.events == 2)
            #expect(sums["u-1"]?.events == 2)
        }
    }

    @Test func `events that come while a user is erased are the user's or the pseudonym's, and none is lost`()
        async throws
    {
        try await withPostgresStore { store, pool in
            _ = try await store.append([entry(1, user: "u-1")], writer: "w")
            try await withThrowingDiscardingTaskGroup { group in
                for writer in 0..<4 {
                    let replica = PostgresLedgerStore(pool: pool, logger: .quiet)
                    group.addTask {
                        for step in 0..<10 {
                            let number = Int64(10 + writer * 10 + step)
                            _ = try await replica.append([entry(number, user: "u-1")], writer: "w\(writer)")
                        }
                    }
                }
                group.addTask { try await erase(store, pool) }
            }
            let sums = try await users(store)
            #expect(Set(sums.keys).isSubset(of: ["u-1", "erased-1"]))
            #expect(sums.values.reduce(0) { $0 + Int($1.events) } == 41)
            // Whoever looked the series up before writes no more to it.
            let pseudonym = sums["erased-1"]?.events
            _ = try await store.append([entry(99, user: "u-1")], writer: "w")
            #expect(try await users(store)["erased-1"]?.events == pseudonym)
        }
    }
}
