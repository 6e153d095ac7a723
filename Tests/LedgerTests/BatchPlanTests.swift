import Domain
import Postgres
import Testing

@testable import Ledger

@Suite struct BatchPlanTests {
    private func identity(_ entry: LedgerEntry) -> BatchPlan.Identity {
        BatchPlan.Identity(reference: entry.reference, digest: entry.digest)
    }

    @Test func `asks for each identity once, in one order whatever the batch's`() {
        let entries = [makeEntry(1, id: "a"), makeEntry(2, id: "b"), makeEntry(3, id: "a"), makeEntry(4, id: "c")]
        let plan = BatchPlan(entries)
        #expect(Set(plan.candidates) == [0, 1, 3])
        let reversed = BatchPlan(entries.reversed())
        let order = plan.candidates.map { entries[$0].idHash }
        #expect(reversed.candidates.map { Array(entries.reversed())[$0].idHash } == order)
        #expect(order == order.sorted())
    }

    @Test func `tells redeliveries from late duplicates and conflicts`() {
        let kept = makeEntry(1, id: "a")
        let late = makeEntry(2, id: "a")
        let conflict = makeEntry(3, id: "a", digest: 99)
        let plan = BatchPlan([kept, late, conflict, late])
        #expect(
            plan.outcomes(existing: [:])
                == [.kept, .lateDuplicate(conflict: false), .lateDuplicate(conflict: true), .redelivered]
        )
        #expect(
            plan.outcomes(existing: [kept.idHash: identity(conflict)])
                == [.lateDuplicate(conflict: true), .lateDuplicate(conflict: true), .redelivered, .redelivered]
        )
    }

    @Test func `an entry id of another epoch is another entry`() {
        let kept = makeEntry(1, id: "a")
        let reborn = makeEntry(1, id: "a", epoch: 2)
        #expect(
            BatchPlan([reborn]).outcomes(existing: [kept.idHash: identity(kept)]) == [.lateDuplicate(conflict: false)]
        )
    }
}

@Suite struct RollupBatchTests {
    @Test func `sums per quarter of an hour and series, sorted`() {
        var batch = RollupBatch()
        let quarter: Int64 = 15 * 60
        for (second, series) in [(quarter, 2), (0, 1), (quarter - 1, 1), (quarter, 1), (0, 2)] as [(Int64, Int64)] {
            let entry = makeEntry(1, at: testDay.adding(.seconds(second)), cost: Money.eventLimit.picoDollars)
            batch.add(entry.priced, as: SeriesNumber(workspace: 1, series: series))
        }
        let starts = batch.rows.map { ($0.key.bucket.seconds - testDay.seconds) / quarter }
        #expect(starts == [0, 0, 1, 1])
        #expect(batch.rows.map(\.key.series) == [1, 2, 1, 2])
        #expect(batch.rows.map(\.totals.events) == [2, 1, 1, 1])
        #expect(batch.rows[0].totals.cost.picoDollars == 2 * Int128(Money.eventLimit.picoDollars))
        #expect(batch.quantities.isEmpty)
    }

    @Test func `keeps quantities without a column by their names`() {
        var batch = RollupBatch()
        var entry = makeEntry(
            1,
            usage: [.init(.seconds, Amount(millionths: 1_500_000)), .init(.inputTokens, Amount(units: 3))]
        )
        entry.priced.event.usage.custom = [.init("seconds", Amount(units: 2))]
        entry.priced.event.usage.guardrailUnits = [.init("pii", Amount(units: 4))]
        for _ in 0..<2 { batch.add(entry.priced, as: SeriesNumber(workspace: 1, series: 1)) }
        #expect(batch.quantities.map(\.key.quantity) == ["custom:seconds", "guardrail:pii", "seconds"])
        #expect(batch.quantities.map(\.millionths) == [4_000_000, 8_000_000, 3_000_000])
    }
}

@Suite struct GenerationCacheTests {
    @Test func `stays within two generations and keeps what is used`() {
        var cache = GenerationCache<Int, Int>(capacity: 10)
        for number in 0..<1_000 {
            cache.insert(number, for: number)
            let used = cache.value(for: 0)
            #expect(used == 0)
            #expect(cache.count <= 20)
        }
        let forgotten = cache.value(for: 500)
        #expect(forgotten == nil)
    }
}

@Suite struct LedgerNamesTests {
    @Test func `dimensions and quantities have the names of the HTTP contract`() {
        #expect(LedgerDimension(name: "source_app") == .sourceApp)
        #expect(LedgerDimension(name: "tag.feature") == .tag("feature"))
        #expect(LedgerDimension(name: "tag.") == nil)
        #expect(LedgerDimension(name: "cost_usd") == nil)
        #expect(MeasuredQuantity(name: "cache_read_tokens")?.name == "cache_read_tokens")
        #expect(MeasuredQuantity(name: "cost_usd") == nil)
    }

    @Test func `a cursor reads only what it wrote`() {
        let cursor = LedgerCursor(occurredAt: testDay, id: 42)
        #expect(LedgerCursor(cursor.description) == cursor)
        for text in ["", "1", "1_", "_1", "a_1", "1_1_1", "9223372036854775807_1", "-9223372036854775808_1"] {
            #expect(LedgerCursor(text) == nil)
        }
    }

    @Test func `a scope becomes the filter of what it counts`() {
        #expect(LedgerFilter(Scope(type: .workspace, id: "acme")) == nil)
        #expect(LedgerFilter(Scope(type: .sourceApp, id: "a")) == LedgerFilter(.sourceApp, ["a"]))
        #expect(LedgerFilter(Scope(type: .tag, id: "k=a=b")) == LedgerFilter(.tag("k"), ["a=b"]))
    }

    @Test func `a share is exact and never divides by zero`() {
        let part = LedgerTotals(cost: MoneySum(picoDollars: 1))
        #expect(part.share(of: LedgerTotals(cost: MoneySum(picoDollars: 3))) == 3_333)
        #expect(part.share(of: .zero) == 0)
    }
}
