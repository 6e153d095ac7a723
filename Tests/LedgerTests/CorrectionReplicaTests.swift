import Directory
import Domain
import Ledger
import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(3)))
struct CorrectionReplicaTests {
    private let price: @Sendable (LedgerRow) -> Cost? = { row in
        row.priced.event.model == "o1" ? nil : makeCost(1_234)
    }

    @Test func `replicas that share a job apply each page once, while events come in`() async throws {
        var random = Seed.generator(for: "replicas that share a job")
        let entries = randomEntries(900, using: &random)
        try await withPostgresStore { first, pool in
            _ = try await first.append(Array(entries.prefix(500)), writer: "a")
            let expected = try await first.list().filter { $0.priced.event.model != "o1" }.count
            _ = try await first.createJob(makeRequest("j"), at: later)
            let job = try #require(try await first.claimJob([.repricing], lease: lease, at: later))
            let stale = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        try await Self.work(on: job, PostgresLedgerStore(pool: pool, logger: .quiet), price)
                    }
                }
                for writer in 0..<2 {
                    let mine = entries.suffix(400).enumerated().filter { $0.offset % 2 == writer }.map(\.element)
                    group.addTask {
                        let store = PostgresLedgerStore(pool: pool, logger: .quiet)
                        for start in stride(from: 0, to: mine.count, by: 20) {
                            _ = try await store.append(Array(mine[start..<start + 20]), writer: "w\(writer)")
                        }
                        return 0
                    }
                }
                return try await group.reduce(0, +)
            }
            let done = try #require(try await first.job(job.id))
            #expect(done.state == .done)
            #expect(stale > 0)
            #expect(try await first.expectAgreement().events == 900)
            let changes = try await pool.query("SELECT count(*) AS n FROM usage_events WHERE kind = 2")
            #expect(try changes.first?.value("n") == done.progress.changed)
            #expect(done.progress.changed >= Int64(expected))
            for row in try await first.list() { #expect(row.adjustments.count <= 1) }
            for partition in 0..<16 {
                let numbers = try await first.outbox(partition: partition, after: 0, limit: 10_000).map(\.number)
                #expect(numbers == (0..<numbers.count).map { Int64($0) + 1 })
            }
        }
    }

    /// Drives a running job without asking whether somebody else does; returns how often it came too late.
    private static func work(
        on job: LedgerJob,
        _ store: PostgresLedgerStore,
        _ price: @Sendable (LedgerRow) -> Cost?
    ) async throws -> Int {
        var stale = 0
        var job = job
        while job.state == .running {
            do {
                let page = try await store.scan(job.query, after: job.cursor, limit: 15)
                let step = LedgerStep(page: page, costs: page.rows.map(price))
                job = try await store.apply(step, to: job, lease: lease, at: later)
            } catch let error as LedgerError where error.code == .stale {
                stale += 1
                job = try #require(try await store.job(job.id))
            }
        }
        return stale
    }

    @Test func `a job that is killed again and again ends as one that never was`() async throws {
        var random = Seed.generator(for: "a job that is killed")
        let entries = randomEntries(400, using: &random)
        let clean = InMemoryLedgerStore()
        _ = try await clean.append(entries, writer: "a")
        let expected = try await clean.run(makeRequest("j"), limit: 25, price: price)
        let undone = try await clean.run(.reversal(of: expected, key: "back", reason: "r", author: "a"), limit: 25)
        try await withPostgresStore { store, pool in
            _ = try await store.append(entries, writer: "a")
            let before = try await store.totals(everything())
            let job = try await drive(try await store.createJob(makeRequest("j"), at: later), store, &random)
            #expect(job.progress == expected.progress)
            #expect(try await store.totals(everything(source: .events)).cost == expected.progress.costAfter)
            let changes = try await pool.query("SELECT count(*) AS n FROM usage_events WHERE kind = 2")
            #expect(try changes.first?.value("n") == expected.progress.changed)
            let request = LedgerJobRequest.reversal(of: job, key: "back", reason: "r", author: "a")
            let back = try await drive(try await store.createJob(request, at: later), store, &random)
            #expect(back.progress == undone.progress)
            #expect(try await store.expectAgreement() == before)
            #expect(try await store.wholeOutbox().reduce(into: MoneySum.zero) { $0 += $1.amount } == .zero)
        }
    }

    /// Drives a job with a kill at any moment, and a new replica after each.
    private func drive(
        _ job: LedgerJob,
        _ store: PostgresLedgerStore,
        _ random: inout SeededGenerator
    ) async throws -> LedgerJob {
        var killed = 0
        while true {
            // What the last one held has run out.
            try await store.releaseJob(job.id, owner: "test")
            let task = Task {
                let free = try await store.claimJob([job.request.kind], lease: lease, at: later)
                return try await store.drive(free ?? job, limit: 25, price: price)
            }
            try await Task.sleep(for: .microseconds(Int64.random(in: 0..<40_000, using: &random)))
            if killed < 40 { task.cancel() }
            killed += 1
            _ = try? await task.value
            let totals = try await store.totals(everything(source: .events))
            #expect(try await store.totals(everything(source: .rollups)) == totals)
            let now = try #require(try await store.job(job.id))
            if now.state == .done { return now }
        }
    }

    @Test func `a ledger from before corrections keeps its rows and lists what has no price`() async throws {
        try await withPostgres { url in
            let configuration = try PostgresConfiguration(url: url)
            let old = Directory.migrations + LedgerSchema.migrations.prefix(4)
            try await PostgresMigrator(old, configuration: configuration, logger: .quiet).apply()
            let pool = PostgresPool(configuration, logger: .quiet)
            defer { pool.close() }
            try await pool.withConnection { connection in
                try await connection.execute(
                    script: """
                        CREATE TABLE usage_events_2026_11 (LIKE usage_events INCLUDING DEFAULTS INCLUDING CONSTRAINTS
                            INCLUDING INDEXES);
                        ALTER TABLE usage_events ATTACH PARTITION usage_events_2026_11
                            FOR VALUES FROM ('2026-11-01 00:00:00+00') TO ('2026-12-01 00:00:00+00');
                        INSERT INTO ledger_workspaces (name) VALUES ('acme');
                        INSERT INTO series (workspace, digest, source_app, provider, model, operation)
                            VALUES (1, 'd', 'app', 'openai', 'new', 'chat');
                        INSERT INTO rollups VALUES (1, '2026-11-22 00:00:00+00', 1, 3, 2, 0, 0, 0, 0, 0, 5);
                        INSERT INTO usage_events (series_id, occurred_at, recorded_at, cost, price_version, price_rules,
                            price_flags, price_multiplier, workspace, kind, events, unpriced_events, state,
                            price_source, shape, event_id, price_key, details)
                        SELECT 1, '2026-11-22 00:00:00+00', now(), cost, 0, 0, 0, 1000000000000, 1, 1, 1, open, state,
                            2, 0, name, '', details::jsonb
                        FROM (VALUES ('e1', 5::bigint, 0, 1, NULL), ('e2', NULL, 1, 4, NULL), ('e3', NULL, 1, 4,
                            '{"unpriced":[{"name":"seconds","reason":3},{"name":"images","reason":1}]}'))
                            AS old (name, cost, open, state, details)
                        """
                )
            }
            try await PostgresMigrator(
                Directory.migrations + LedgerSchema.migrations,
                configuration: configuration,
                logger: .quiet
            ).apply()
            let store = PostgresLedgerStore(pool: pool, logger: .quiet)
            let open = try await store.unpriced(workspaces: ["acme"], limit: 10, after: nil).groups
            #expect(open.map(\.quantity) == [nil, "images", "seconds"])
            #expect(open.map(\.reason) == [nil, .unknownModel, .noRate])
            _ = try await store.append([makeEntry(1)], writer: "a")
            let job = try await store.run(makeRequest("j", kind: .unpriced, unpricedOnly: true)) { _ in makeCost(7) }
            #expect(job.progress.changed == 2)
            #expect(try await store.unpriced(workspaces: nil, limit: 10, after: nil).groups.isEmpty)
            #expect(try await store.expectAgreement().cost == MoneySum(picoDollars: 5 + 14 + 1_000))
        }
    }
}
