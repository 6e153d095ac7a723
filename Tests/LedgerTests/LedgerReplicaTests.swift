import Domain
import Ledger
import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct LedgerReplicaTests {
    @Test func `four replicas with the same events in any order keep each once and lose none`() async throws {
        var random = Seed.generator(for: "four replicas")
        let originals = randomEntries(1_200, using: &random)
        // The second entry of an identity, as Redis makes it after it forgot the first.
        let late = originals.prefix(150).enumerated().map { index, entry in
            var copy = entry
            copy.reference = EntryReference(epoch: 2, milliseconds: Int64(index), sequence: 0)
            copy.partition = index % 4
            return copy
        }
        let all = originals + late
        try await withPostgresStore { first, pool in
            let relayed = try await withThrowingTaskGroup(of: [Int: [Int64]].self) { group in
                for replica in 0..<4 {
                    let mine = all.shuffled(using: &random)
                    group.addTask {
                        let store = PostgresLedgerStore(pool: pool, logger: .quiet)
                        for start in stride(from: 0, to: mine.count, by: 90) {
                            let batch = Array(mine[start..<min(start + 90, mine.count)])
                            _ = try await store.append(batch, writer: "replica-\(replica)")
                        }
                        return [:]
                    }
                }
                group.addTask { try await relay(from: first) }
                for _ in 0..<4 { _ = try await group.next() }
                group.cancelAll()
                return try await group.reduce(into: [:]) { $0.merge($1) { $0 + $1 } }
            }
            let kept = try await first.totals(everything(source: .events))
            #expect(kept.events == 1_200)
            #expect(try await first.totals(everything(source: .rollups)) == kept)
            // Whichever of two entries was first is kept; the other went out negated.
            var negated = Int64(0)
            for partition in 0..<4 {
                let rest = try await first.outbox(partition: partition, after: 0, limit: 10_000)
                #expect(rest.map(\.number) == Array(1...Int64(rest.count)))
                let numbers = relayed[partition] ?? []
                #expect(numbers == Array(rest.map(\.number).prefix(numbers.count)))
                negated += Int64(rest.count)
            }
            #expect(negated == 150)
        }
    }

    /// Reads the outbox as the relay does: by the last number seen.
    ///
    /// A number that committed late would be missed.
    private func relay(from store: PostgresLedgerStore) async throws -> [Int: [Int64]] {
        var seen: [Int: [Int64]] = [:]
        while !Task.isCancelled {
            for partition in 0..<4 {
                let last = seen[partition]?.last ?? 0
                guard let entries = try? await store.outbox(partition: partition, after: last, limit: 7) else { break }
                seen[partition, default: []] += entries.map(\.number)
            }
        }
        return seen
    }

    @Test func `a batch that is cancelled at any moment leaves all or nothing`() async throws {
        var random = Seed.generator(for: "cancelled batches")
        let entries = randomEntries(300, using: &random)
        try await withPostgresStore { store, _ in
            _ = try await store.append(Array(entries.prefix(1)), writer: "a")
            for attempt in 0..<60 {
                let batch = entries.shuffled(using: &random)
                let before = try await store.totals(everything(source: .events)).events
                let task = Task { try await store.append(batch, writer: "a") }
                try await Task.sleep(for: .microseconds(Int64(attempt) * 400))
                task.cancel()
                _ = try? await task.value
                let after = try await store.totals(everything(source: .events))
                #expect(after.events == before || after.events == 300)
                #expect(try await store.totals(everything(source: .rollups)) == after)
            }
            let outcomes = try await store.append(entries, writer: "a")
            #expect(outcomes.allSatisfy { $0 == .kept || $0 == .redelivered })
            #expect(try await store.totals(everything()).events == 300)
            #expect(try await store.outboxPositions()[3]?.last ?? 0 == 0)
        }
    }

    @Test func `months get their partition on demand, far ones share one, and replicas may race for it`() async throws {
        try await withPostgresStore { _, pool in
            let months = (0..<24).map { Timestamp(seconds: 1_735_689_600 + $0 * 31 * 86_400) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for replica in 0..<3 {
                    group.addTask {
                        let store = PostgresLedgerStore(pool: pool, logger: .quiet)
                        try await store.prepareMonths(from: months[0], ahead: 3)
                        for (index, month) in months.enumerated() {
                            let entry = makeEntry(Int64(index), at: month.adding(.seconds(replica)))
                            _ = try await store.append([entry], writer: "r\(replica)")
                        }
                    }
                }
                try await group.waitForAll()
            }
            let store = PostgresLedgerStore(pool: pool, logger: .quiet)
            _ = try await store.append(
                [
                    makeEntry(100, at: Timestamp(seconds: -62_000_000_000)),
                    makeEntry(101, at: Timestamp(seconds: 7_258_118_400)),
                ],
                writer: "a"
            )
            let far = try await pool.query("SELECT count(*) AS n FROM usage_events_other")
            #expect(try far.first?.value("n") == Int64(2))
            let parts = try await pool.query(
                "SELECT count(*) AS n FROM pg_inherits WHERE inhparent = 'usage_events'::regclass"
            )
            #expect(try parts.first?.value("n", as: Int64.self) ?? 0 >= 24)
            let indexes = try await pool.query(
                "SELECT count(*) AS n FROM pg_indexes WHERE tablename = 'usage_events_2025_01'"
            )
            #expect(try indexes.first?.value("n") == Int64(3))
            let totals = try await pool.query("SELECT count(*) AS n FROM usage_events")
            #expect(try totals.first?.value("n") == Int64(26))
        }
    }

    @Test func `the number of partitions is fixed at the first start`() async throws {
        try await withPostgresStore { store, _ in
            async let other: Void = store.fixPartitionCount(16)
            try await store.fixPartitionCount(16)
            try await other
            let error = await #expect(throws: LedgerError.self) { try await store.fixPartitionCount(8) }
            #expect(error?.code == .partitionCount)
            #expect(try await store.outboxPositions()[15] == OutboxPosition(last: 0, relayed: 0))
        }
    }

    @Test func `long and strange dimensions fit`() async throws {
        try await withPostgresStore { store, _ in
            let long = String(repeating: "🦉", count: 128)
            let entry = makeEntry(1, team: long, user: long, model: long)
            var priced = entry
            priced.priced.operation = long
            _ = try await store.append([priced, makeEntry(2, team: nil), makeEntry(3, team: "")], writer: "a")
            let rows = try await store.breakdown(everything(), by: .team, limit: 5)
            #expect(Set(rows.rows.map(\.key)) == [long, nil, ""])
        }
    }

    @Test func `a dead database is a retriable error`() async throws {
        let configuration = try PostgresConfiguration(url: "postgres://nobody@127.0.0.1:1/none")
        let store = PostgresLedgerStore(pool: PostgresPool(configuration, logger: .quiet), logger: .quiet)
        let error = await #expect(throws: LedgerError.self) { try await store.append([makeEntry(1)], writer: "a") }
        #expect(error?.code == .database)
        #expect(error?.isRetriable == true)
    }
}
