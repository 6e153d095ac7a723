import Domain
import Ledger
import Testing

@Suite(.timeLimit(.minutes(2)))
struct AdjustmentContractTests {
    @Test(arguments: StoreKind.allCases)
    func `an event without a price gets one in its own period`(kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let tags = [EventIdentity.Tag(key: "feature", value: "x")]
            let open = UnpricedQuantity("input_tokens", .unknownModel)
            var entry = makeEntry(1, at: testDay.adding(.seconds(1_000)), cost: nil, tags: tags)
            entry.priced.cost.unpriced = [open]
            _ = try await store.append([entry, makeEntry(2)], writer: "a")
            let job = try await store.run(makeRequest("j", kind: .unpriced, unpricedOnly: true)) { _ in makeCost(700) }
            #expect(job.state == .done)
            #expect(job.progress.read == 1)
            #expect(job.progress.changed == 1)
            #expect(job.progress.unpricedBefore == 1)
            #expect(job.progress.unpricedAfter == 0)
            #expect(job.progress.costBefore == .zero)
            #expect(job.progress.costAfter == MoneySum(picoDollars: 700))
            #expect(job.createdAt == later)
            #expect(job.finishedAt == later)
            let totals = try await store.expectAgreement()
            #expect(totals.cost == MoneySum(picoDollars: 1_700))
            #expect(totals.events == 2)
            #expect(totals.unpricedEvents == 0)
            #expect(totals.inputTokens == 20)
            let tagged = LedgerQuery(
                workspaces: ["acme"],
                from: testDay,
                to: testDay.adding(.seconds(1_001)),
                filters: [LedgerFilter(.tag("feature"), ["x"])]
            )
            #expect(try await store.totals(tagged).cost == MoneySum(picoDollars: 700))
            let outbox = try await store.wholeOutbox()
            #expect(outbox.map(\.amount.picoDollars) == [700])
            #expect(outbox.map(\.unpricedEvents) == [-1])
            #expect(outbox.map(\.events) == [0])
            #expect(outbox.map(\.reason) == [.repricing])
            #expect(outbox.map(\.occurredAt) == [testDay.adding(.seconds(900))])
            #expect(outbox.first?.identity == entry.priced.event.identity)
            #expect(outbox.first?.reference == nil)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a repricing writes what differs and nothing else, and the list tells both`(kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let entries = (1...20).map { makeEntry($0, at: testDay.adding(.seconds($0)), cost: 100 * $0) }
            _ = try await store.append(entries, writer: "a")
            let job = try await store.run(makeRequest("j", workspace: "acme"), limit: 7) { row in
                switch row.priced.cost.money?.picoDollars ?? 0 {
                case ...500: nil
                case ...1_000: row.priced.cost
                default: makeCost(5_000)
                }
            }
            #expect(job.progress.read == 20)
            #expect(job.progress.changed == 10)
            #expect(job.pages == 3)
            #expect(job.progress.costBefore == MoneySum(picoDollars: 21_000))
            #expect(job.progress.costAfter == MoneySum(picoDollars: 55_500))
            #expect(try await store.expectAgreement().cost == MoneySum(picoDollars: 55_500))
            #expect(try await store.wholeOutbox().map(\.amount.picoDollars).reduce(0, +) == 34_500)
            let rows = try await store.list()
            #expect(rows.count == 20)
            let newest = try #require(rows.first)
            #expect(newest.priced == entries[19].priced)
            #expect(newest.current == makeCost(5_000))
            let change = try #require(newest.adjustments.first)
            #expect(newest.adjustments.count == 1)
            #expect(change.amount == Money(picoDollars: 3_000))
            #expect(change.unpricedEvents == 0)
            #expect(change.revision == 1)
            #expect(change.recordedAt == later)
            #expect(change.job.id == job.id)
            #expect(change.job.key == "j")
            #expect(change.job.reason == "a wrong price")
            #expect(change.job.author == "ada")
            #expect(change.job.kind == .repricing)
            #expect(rows.last?.adjustments.isEmpty == true)
            #expect(rows.last?.current == entries[0].priced.cost)
            let again = try await store.run(makeRequest("again"), limit: 7) { row in row.current }
            #expect(again.progress.read == 20)
            #expect(again.progress.changed == 0)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a page commits once, and who comes second is told`(kind: StoreKind) async throws {
        try await withStore(kind) { store in
            _ = try await store.append((1...10).map { makeEntry($0) }, writer: "a")
            _ = try await store.createJob(makeRequest("j"), at: later)
            _ = try await store.createJob(makeRequest("k"), at: later)
            let job = try #require(try await store.claimJob([.repricing], lease: lease, at: later))
            let other = try #require(try await store.claimJob([.repricing], lease: lease, at: later))
            #expect(job.request.key == "j")
            #expect(other.request.key == "k")
            let page = try await store.scan(job.query, after: nil, limit: 4)
            let step = LedgerStep(page: page, costs: page.rows.map { _ in makeCost(7) }, carry: "volume 4")
            let next = try await store.apply(step, to: job, lease: lease, at: later)
            #expect(next.pages == 1)
            #expect(next.state == .running)
            #expect(next.carry == "volume 4")
            #expect(try await store.job(job.id) == next)
            try await expectError(.stale) { try await store.apply(step, to: job, lease: lease, at: later) }
            try await expectError(.stale) { try await store.apply(step, to: other, lease: lease, at: later) }
            #expect(try await store.job(other.id) == other)
            _ = try await store.endJob(job.id, as: .cancelled, failure: nil, at: later)
            let rest = try await store.scan(job.query, after: next.cursor, limit: 4)
            let late = LedgerStep(page: rest, costs: rest.rows.map { _ in makeCost(7) })
            try await expectError(.stale) { try await store.apply(late, to: next, lease: lease, at: later) }
            #expect(try await store.expectAgreement().cost == MoneySum(picoDollars: 6_000 + 28))
            let resumed = try await store.resumeJob(job.id, at: later)
            #expect(resumed.state == .pending)
            #expect(resumed.pages == 1)
            #expect(resumed.finishedAt == nil)
            let done = try await store.drive(resumed) { _ in makeCost(7) }
            #expect(done.progress.read == 10)
            #expect(done.progress.changed == 10)
            #expect(try await store.expectAgreement().cost == MoneySum(picoDollars: 70))
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `an impossible cost, and a step that does not fit its page, are refused`(kind: StoreKind) async throws {
        try await withStore(kind) { store in
            _ = try await store.append([makeEntry(1)], writer: "a")
            _ = try await store.createJob(makeRequest("j"), at: later)
            let job = try #require(try await store.claimJob([.repricing], lease: lease, at: later))
            let page = try await store.scan(job.query, after: nil, limit: 4)
            try await expectError(.invalidEntry) {
                let step = LedgerStep(page: page, costs: [makeCost(.max)])
                return try await store.apply(step, to: job, lease: lease, at: later)
            }
            try await expectError(.invalidQuery) {
                try await store.apply(LedgerStep(page: page, costs: []), to: job, lease: lease, at: later)
            }
            try await expectError(.invalidQuery) { try await store.reverse(job, limit: 5, lease: lease, at: later) }
            try await expectError(.invalidQuery) { try await store.scan(job.query, after: nil, limit: 0) }
            #expect(try await store.job(job.id) == job)
            // The largest differences there are.
            let limit = Money.eventLimit.picoDollars
            _ = try await store.endJob(job.id, as: .failed, failure: "no such cost", at: later)
            _ = try await store.run(makeRequest("up")) { _ in makeCost(limit) }
            _ = try await store.run(makeRequest("down")) { _ in makeCost(-limit) }
            #expect(try await store.expectAgreement().cost == MoneySum(picoDollars: -Int128(limit)))
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a late duplicate of an adjusted event is refused and never adjusted`(kind: StoreKind) async throws {
        try await withStore(kind) { store in
            _ = try await store.append([makeEntry(1, id: "e", cost: nil)], writer: "a")
            _ = try await store.run(makeRequest("j", kind: .unpriced, unpricedOnly: true)) { _ in makeCost(700) }
            // By now pricing knows the model, so the duplicate has a price.
            let late = makeEntry(2, id: "e", cost: 700)
            #expect(try await store.append([late], writer: "a") == [.lateDuplicate(conflict: false)])
            #expect(try await store.append([late], writer: "b") == [.redelivered])
            let again = try await store.run(makeRequest("k")) { _ in makeCost(900) }
            #expect(again.progress.read == 1)
            #expect(again.progress.changed == 1)
            let totals = try await store.expectAgreement()
            #expect(totals.cost == MoneySum(picoDollars: 900))
            #expect(totals.events == 1)
            // Both entries were counted by the stream: nothing, and 700.
            let corrections = try await store.wholeOutbox()
            #expect(corrections.map(\.amount.picoDollars).reduce(700, +) == 900)
            #expect(corrections.map(\.events).reduce(2, +) == 1)
            #expect(corrections.map(\.unpricedEvents).reduce(1, +) == 0)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a past view shows what was recorded by then`(kind: StoreKind) async throws {
        try await withStore(kind) { store in
            _ = try await store.append([makeEntry(1, cost: nil), makeEntry(2, cost: 10)], writer: "a")
            let hour = Duration.seconds(3_600)
            let times = [later, later.adding(hour), later.adding(hour * 2)]
            _ = try await store.run(makeRequest("one"), at: times[0]) { _ in makeCost(100) }
            _ = try await store.run(makeRequest("two"), at: times[1]) { _ in makeCost(300) }
            var late = makeEntry(3, cost: 5)
            late.priced.event.receivedAt = times[2]
            _ = try await store.append([late], writer: "a")
            func view(_ moment: Timestamp) -> LedgerQuery {
                var query = everything()
                query.recordedBefore = moment
                return query
            }
            let expected: [(Timestamp, Int128, Int64, Int64)] = [
                (testDay, 0, 0, 0), (times[0], 10, 2, 1), (times[1], 200, 2, 0), (times[2], 600, 2, 0),
                (times[2].adding(microseconds: 1), 605, 3, 0),
            ]
            for (moment, cost, events, unpriced) in expected {
                let totals = try await store.totals(view(moment))
                #expect(totals.cost.picoDollars == cost)
                #expect(totals.events == events)
                #expect(totals.unpricedEvents == unpriced)
                let rows = try await store.list(view(moment))
                #expect(rows.reduce(into: MoneySum.zero) { $0 += $1.current.money ?? .zero } == totals.cost)
                #expect(Int64(rows.count) == events)
                #expect(try await store.breakdown(view(moment), by: .model, limit: 3).total == totals)
                let series = try await store.timeseries(
                    view(moment),
                    boundaries: [testDay, testDay.adding(.seconds(900))],
                    by: nil,
                    limit: 1
                )
                #expect(series.first?.points == [totals])
            }
            var impossible = view(later)
            impossible.source = .rollups
            try await expectError(.invalidQuery) { try await store.totals(impossible) }
        }
    }
}
