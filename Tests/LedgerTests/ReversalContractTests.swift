import Domain
import Ledger
import Testing

@Suite(.timeLimit(.minutes(2)))
struct ReversalContractTests {
    private func reversal(_ job: LedgerJob, _ key: String = "back") -> LedgerJobRequest {
        .reversal(of: job, key: key, reason: "the price was right", author: "grace")
    }

    @Test(arguments: StoreKind.allCases)
    func `a reversal gives back exactly, once`(kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let entries = (1...30).map { number in
                makeEntry(
                    number,
                    workspace: number % 3 == 0 ? "globex" : "acme",
                    at: testDay.adding(.seconds(number * 100)),
                    cost: number % 4 == 0 ? nil : number
                )
            }
            _ = try await store.append(entries, writer: "a")
            let before = try await store.expectAgreement()
            let open = try await store.unpriced(workspaces: nil, limit: 10, after: nil)
            let job = try await store.run(makeRequest("j"), limit: 8) { row in
                row.priced.cost.money == nil ? makeCost(50) : row.id % 2 == 0 ? makeCost(nil) : makeCost(3)
            }
            #expect(try await store.totals(everything()) != before)
            let back = try await store.run(reversal(job), limit: 8)
            #expect(back.state == .done)
            #expect(back.progress.changed == job.progress.changed)
            #expect(
                back.progress.costAfter.picoDollars - back.progress.costBefore.picoDollars
                    == job.progress.costBefore.picoDollars - job.progress.costAfter.picoDollars
            )
            #expect(try await store.expectAgreement() == before)
            #expect(try await store.unpriced(workspaces: nil, limit: 10, after: nil) == open)
            #expect(try await store.wholeOutbox().map(\.amount.picoDollars).reduce(0, +) == 0)
            #expect(try await store.wholeOutbox().map(\.unpricedEvents).reduce(0, +) == 0)
            for row in try await store.list() { #expect(row.current == row.priced.cost) }
            #expect(try await store.job(job.id)?.reversedBy == back.id)
            // The same request is the same job; another one comes too late.
            #expect(try await store.createJob(reversal(job), at: later) == back)
            try await expectError(.conflict) { try await store.createJob(reversal(job, "twice"), at: later) }
            try await expectError(.conflict) { try await store.createJob(reversal(back, "redo"), at: later) }
            try await expectError(.conflict) { try await store.resumeJob(job.id, at: later) }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `only a job that has ended can be reversed, also one that was stopped halfway`(kind: StoreKind) async throws {
        try await withStore(kind) { store in
            _ = try await store.append((1...10).map { makeEntry($0) }, writer: "a")
            let pending = try await store.createJob(makeRequest("j"), at: later)
            try await expectError(.conflict) { try await store.createJob(reversal(pending), at: later) }
            let running = try #require(try await store.claimJob([.repricing], lease: lease, at: later))
            try await expectError(.conflict) { try await store.createJob(reversal(running), at: later) }
            let page = try await store.scan(running.query, after: nil, limit: 4)
            let step = LedgerStep(page: page, costs: page.rows.map { _ in makeCost(7) })
            _ = try await store.apply(step, to: running, lease: lease, at: later)
            let stopped = try await store.endJob(running.id, as: .failed, failure: "no disk", at: later)
            #expect(stopped.state == .failed)
            #expect(stopped.failure == "no disk")
            let back = try await store.run(reversal(stopped))
            #expect(back.progress.changed == 4)
            #expect(try await store.expectAgreement().cost == MoneySum(picoDollars: 10_000))
            try await expectError(.conflict) { try await store.resumeJob(stopped.id, at: later) }
            var foreign = reversal(stopped, "foreign")
            foreign.reverses = 99
            try await expectError(.notFound) { try await store.createJob(foreign, at: later) }
        }
    }

    @Test(arguments: StoreKind.allCases, [[0], [1], [0, 1], [1, 0]])
    func `an event costs what it would cost had the reversed jobs never been`(
        kind: StoreKind,
        order: [Int]
    ) async throws {
        try await withStore(kind) { store in
            _ = try await store.append([makeEntry(1, cost: nil)], writer: "a")
            let jobs = [
                try await store.run(makeRequest("one")) { _ in makeCost(100) },
                try await store.run(makeRequest("two")) { _ in makeCost(120) },
            ]
            for index in order { _ = try await store.run(reversal(jobs[index], "back-\(index)")) }
            let expected: Int64? = order.count == 2 ? nil : order == [0] ? 120 : 100
            let row = try #require(try await store.list().first)
            #expect(row.current.money?.picoDollars == expected)
            #expect(row.current.provenance.source == (expected == nil ? .litellm : .override))
            try await store.expectAgreement()
            // A new price stands above all that was taken back.
            _ = try await store.run(makeRequest("three")) { _ in makeCost(130) }
            #expect(try await store.expectAgreement().cost == MoneySum(picoDollars: 130))
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a manual adjustment is a row of its own, once, and can be taken back`(kind: StoreKind) async throws {
        try await withStore(kind) { store in
            _ = try await store.append([makeEntry(1)], writer: "a")
            let time = testDay.adding(.seconds(5_000))
            let credit = ManualAdjustment(
                workspace: "acme",
                occurredAt: time,
                amount: Money(picoDollars: -300),
                provider: "openai",
                tags: [.init(key: "feature", value: "x")],
                reference: "INV-7"
            )
            let fee = ManualAdjustment(workspace: "acme", occurredAt: time, amount: Money(picoDollars: 40))
            let request = makeRequest("credit", kind: .manual, workspace: "acme")
            let job = try await store.adjust([credit, fee], for: request, at: later)
            #expect(job.state == .done)
            #expect(job.progress.changed == 2)
            #expect(job.finishedAt == later)
            #expect(job.progress.costAfter == MoneySum(picoDollars: -260))
            #expect(try await store.adjust([credit, fee], for: request, at: later.adding(.seconds(9))) == job)
            try await expectError(.conflict) { try await store.adjust([credit], for: request, at: later) }
            #expect(try await store.expectAgreement().cost == MoneySum(picoDollars: 740))
            let rows = try await store.list().filter { $0.kind == .adjustment }
            #expect(rows.map(\.priced.event.eventID).sorted() == ["credit/1", "credit/2"])
            let shown = try #require(rows.first { $0.reference == "INV-7" })
            #expect(shown.priced.cost.money == credit.amount)
            #expect(shown.job?.id == job.id)
            #expect(shown.job?.reason == "a wrong price")
            #expect(shown.priced.event.occurredAt == time)
            #expect(shown.priced.event.receivedAt == later)
            let models = try await store.breakdown(everything(), by: .model, limit: 5)
            #expect(models.rows.map(\.key) == ["gpt-4o-mini", nil])
            #expect(models.rows.map(\.totals.events) == [1, 0])
            let outbox = try await store.wholeOutbox()
            #expect(outbox.allSatisfy { $0.reason == .adjustment })
            #expect(outbox.map(\.amount.picoDollars).sorted() == [-300, 40])
            _ = try await store.run(reversal(job))
            #expect(try await store.expectAgreement().cost == MoneySum(picoDollars: 1_000))
            #expect(try await store.list().filter { $0.kind == .adjustment }.count == 4)
            #expect(try await store.run(makeRequest("all")) { _ in makeCost(1) }.progress.read == 1)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a manual adjustment that makes no sense is refused`(kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let good = ManualAdjustment(workspace: "acme", occurredAt: testDay, amount: Money(picoDollars: 1))
            let request = makeRequest("m", kind: .manual, workspace: "acme")
            var bad = [good, good, good, good]
            bad[0].amount = Money(picoDollars: .min)
            bad[1].occurredAt = Timestamp(microseconds: .min)
            bad[2].team = ""
            bad[3].reference = "nul\u{0}"
            for adjustment in bad {
                try await expectError(.invalidEntry) {
                    try await store.adjust([good, adjustment], for: request, at: later)
                }
            }
            var foreign = good
            foreign.workspace = "globex"
            try await expectError(.invalidQuery) { try await store.adjust([foreign], for: request, at: later) }
            try await expectError(.invalidQuery) { try await store.adjust([], for: request, at: later) }
            try await expectError(.invalidQuery) { try await store.adjust([good], for: makeRequest("m"), at: later) }
            try await expectError(.invalidQuery) { try await store.createJob(request, at: later) }
            #expect(try await store.jobs(LedgerJobQuery(), limit: 5, before: nil).isEmpty)
            #expect(try await store.totals(everything()) == .zero)
        }
    }
}
