import Domain
import Ledger
import TestSupport
import Testing

/// What counters would hold: what the stream counted and what the outbox corrected.
private struct Counters: Equatable {
    struct Key: Hashable {
        var workspace: String
        var month: Int
    }

    struct Value: Equatable {
        var cost: Int128 = 0
        var events: Int64 = 0
        var unpriced: Int64 = 0
    }

    var values: [Key: Value] = [:]

    mutating func add(_ workspace: String, at time: Timestamp, _ cost: Int128, _ events: Int64, _ unpriced: Int64) {
        let key = Key(workspace: workspace, month: CivilDate(daysSince1970: floorDivide(time.seconds, 86_400)).month)
        values[key, default: Value()].cost += cost
        values[key, default: Value()].events += events
        values[key, default: Value()].unpriced += unpriced
    }
}

@Suite(.timeLimit(.minutes(3)))
struct CorrectionPropertyTests {
    /// One random history, told to both stores.
    private struct History {
        let stores: [any FullStore]
        var random: SeededGenerator
        var now = later
        var stream = Counters()
        var entries: [LedgerEntry] = []
        var made: Int64 = 0
        var jobs: [Int64] = []
        var sums: [(Timestamp, LedgerTotals)] = []

        init(_ stores: [any FullStore], seed: SeededGenerator) {
            self.stores = stores
            random = seed
        }

        mutating func step(_ number: Int) async throws {
            now = now.adding(.seconds(60))
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<4: try await append()
            case 4..<7: try await reprice(number)
            case 7: try await adjust(number)
            default: try await reverse(number)
            }
        }

        /// New events, their redeliveries, and late duplicates of old ones.
        private mutating func append() async throws {
            var batch: [LedgerEntry] = []
            for _ in 0..<Int.random(in: 1...9, using: &random) {
                made += 1
                let old = Int.random(in: 0..<3, using: &random) == 0 ? entries.randomElement(using: &random) : nil
                if let old, Bool.random(using: &random) {
                    batch.append(old)
                    continue
                }
                let cost = Int.random(in: 0..<4, using: &random) == 0 ? nil : Int64.random(in: 0...99, using: &random)
                var entry = makeEntry(
                    made,
                    id: old?.priced.event.eventID,
                    workspace: old?.priced.event.identity.workspace
                        ?? ["acme", "globex"].randomElement(using: &random) ?? "",
                    model: ["a", "b"].randomElement(using: &random) ?? "",
                    at: testDay.adding(.seconds(Int64.random(in: 0..<20 * 86_400, using: &random))),
                    cost: cost,
                    tags: Bool.random(using: &random) ? [.init(key: "t", value: "v")] : []
                )
                entry.priced.event.receivedAt = now
                batch.append(entry)
            }
            var seen = Set(entries.map(\.reference))
            for entry in batch where seen.insert(entry.reference).inserted {
                entries.append(entry)
                let event = entry.priced.event
                let money = entry.priced.cost.money
                stream.add(
                    event.identity.workspace,
                    at: event.occurredAt,
                    Int128(money?.picoDollars ?? 0),
                    1,
                    money == nil ? 1 : 0
                )
            }
            for store in stores { _ = try await store.append(batch, writer: "w") }
        }

        private mutating func reprice(_ number: Int) async throws {
            var request = makeRequest(
                "job-\(number)",
                workspace: [nil, "acme"].randomElement(using: &random) ?? nil,
                filters: Bool.random(using: &random) ? [LedgerFilter(.model, ["a"])] : [],
                unpricedOnly: Bool.random(using: &random)
            )
            request.query.from = testDay.adding(.seconds(Int64.random(in: 0..<10 * 86_400, using: &random)))
            // The price of an event in this job depends on nothing but their names.
            let salt = UInt64.random(in: 0...UInt64.max, using: &random)
            try await run(request) { row in
                let name = row.priced.event.eventID.utf8.reduce(0) { $0 &* 31 &+ UInt64($1) }
                var dice = SeededGenerator(seed: salt ^ name)
                switch Int.random(in: 0..<6, using: &dice) {
                case 0: return nil
                case 1: return makeCost(nil, open: [UnpricedQuantity("seconds", .noRate)])
                case 2: return makeCost(3, state: .partiallyPriced, open: [UnpricedQuantity("images", .noRate)])
                default: return makeCost(Int64.random(in: 0...99, using: &dice))
                }
            }
        }

        private mutating func adjust(_ number: Int) async throws {
            let adjustments = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                ManualAdjustment(
                    workspace: ["acme", "globex"].randomElement(using: &random) ?? "",
                    occurredAt: testDay.adding(.seconds(Int64.random(in: 0..<20 * 86_400, using: &random))),
                    amount: Money(picoDollars: Int64.random(in: -50...50, using: &random)),
                    model: [nil, "a"].randomElement(using: &random) ?? nil
                )
            }
            for store in stores {
                let job = try await store.adjust(adjustments, for: makeRequest("m-\(number)", kind: .manual), at: now)
                if !jobs.contains(job.id) { jobs.append(job.id) }
            }
        }

        private mutating func reverse(_ number: Int) async throws {
            guard let id = jobs.randomElement(using: &random) else { return }
            jobs.removeAll { $0 == id }
            let job = try #require(try await stores[0].job(id))
            try await run(.reversal(of: job, key: "r-\(number)", reason: "r", author: "a")) { _ in nil }
        }

        private mutating func run(_ request: LedgerJobRequest, price: (LedgerRow) -> Cost?) async throws {
            let limit = Int.random(in: 1...20, using: &random)
            var progress: [LedgerJobProgress] = []
            for store in stores {
                let job = try await store.run(request, limit: limit, at: now, price: price)
                progress.append(job.progress)
                if request.kind != .reversal, !jobs.contains(job.id) { jobs.append(job.id) }
            }
            #expect(progress.allSatisfy { $0 == progress[0] })
        }

        /// Rows, rollups and counters agree for each workspace and month.
        mutating func check() async throws {
            for store in stores {
                var counted = stream
                for entry in try await store.wholeOutbox() {
                    counted.add(
                        entry.identity.workspace,
                        at: entry.occurredAt,
                        Int128(entry.amount.picoDollars),
                        entry.events,
                        entry.unpricedEvents
                    )
                }
                for (key, value) in counted.values {
                    let first = CivilDate(year: 2026, month: key.month, day: 1).daysSince1970
                    let next = CivilDate(year: 2026 + key.month / 12, month: key.month % 12 + 1, day: 1).daysSince1970
                    for source in [LedgerQuery.Source.events, .rollups] {
                        let query = LedgerQuery(
                            workspaces: [key.workspace],
                            from: Timestamp(seconds: first * 86_400),
                            to: Timestamp(seconds: next * 86_400),
                            source: source
                        )
                        let totals = try await store.totals(query)
                        #expect(totals.cost.picoDollars == value.cost, "\(key) \(source)")
                        #expect(totals.events == value.events, "\(key) \(source)")
                        #expect(totals.unpricedEvents == value.unpriced, "\(key) \(source)")
                    }
                }
            }
            sums.append((now.adding(microseconds: 1), try await stores[0].expectAgreement()))
        }

        /// Both stores show the same rows, the same lists, and every past that there was.
        mutating func compare() async throws {
            func rows(_ store: any FullStore) async throws -> [String: [Int64?]] {
                try await store.list().reduce(into: [:]) { shown, row in
                    let key = "\(row.kind) \(row.priced.event.identity.workspace) \(row.priced.event.eventID)"
                    let amounts = row.adjustments.map { Optional($0.amount.picoDollars) }
                    shown[key] = [row.priced.cost.money?.picoDollars, row.current.money?.picoDollars] + amounts
                }
            }
            let first = try await rows(stores[0])
            #expect(try await rows(stores[1]) == first)
            let open = try await stores[0].unpriced(workspaces: nil, limit: 100, after: nil)
            #expect(try await stores[1].unpriced(workspaces: nil, limit: 100, after: nil) == open)
            for _ in 0..<10 {
                guard let (moment, sum) = sums.randomElement(using: &random) else { return }
                var query = everything()
                query.recordedBefore = moment
                for store in stores { #expect(try await store.totals(query) == sum) }
            }
        }
    }

    @Test func `rows, rollups and counters agree at any time, whatever happens`() async throws {
        try await withPostgresStore { store, _ in
            let seed = Seed.generator(for: "rows, rollups and counters agree")
            var history = History([InMemoryLedgerStore(), store], seed: seed)
            for number in 0..<120 {
                try await history.step(number)
                if number % 4 == 3 { try await history.check() }
            }
            try await history.compare()
        }
    }
}
