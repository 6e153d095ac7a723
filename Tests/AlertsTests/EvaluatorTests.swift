@testable import Alerts
import BudgetBook
import Calendars
import Domain
import Ledger
import ServiceRuntime
import Streams
import TestSupport
import Testing
import Wire

/// Budgets, a ledger and alerts in memory.
struct EvaluatorRig {
    let clock = ManualWallClock()
    let ledger = InMemoryLedgerStore()
    let budgets = InMemoryBudgetStore()
    let store = InMemoryAlertStore()
    let cache: BudgetCache
    let evaluator: BudgetEvaluator
    let watch: CrossingWatch
    let desk: AlertDesk

    init() {
        cache = BudgetCache(store: budgets, logger: .quiet)
        desk = AlertDesk(
            store: store,
            channels: ChannelCache(store: store),
            reachable: Set(ChannelKind.allCases),
            metrics: metrics,
            clock: clock,
            logger: .quiet
        )
        let kathmandu = CalendarRules(timeZone: "Asia/Kathmandu") ?? .standard
        evaluator = BudgetEvaluator(ledger: ledger, history: budgets, desk: desk) { _ in kathmandu }
        watch = CrossingWatch(
            evaluator: evaluator,
            budgets: cache,
            store: store,
            metrics: metrics,
            clock: clock,
            logger: .quiet
        )
    }

    /// A budget of 100 USD.
    func makeBudget(
        scope: Scope = Scope(type: .team, id: "growth"),
        period: PeriodKind = .month,
        thresholds: [Int] = [50, 80, 100]
    ) async throws -> Budget {
        try await budgets.create(
            NewBudget(
                workspace: "acme",
                scope: scope,
                period: period,
                name: "Growth",
                limit: dollars(100),
                action: .notify,
                thresholds: thresholds,
                recipients: ["lead@example.com"],
                author: "test"
            ),
            at: clock.now.adding(.seconds(-86_400 * 60))
        )
    }

    func spend(_ amount: Int64, number: Int64, at time: Timestamp? = nil, team: String = "growth") async throws {
        let tags = [EventIdentity.Tag(key: "feature", value: team)]
        let entry = try makeEntry(number, dollars: amount, at: time ?? clock.now, team: team, tags: tags)
        _ = try await ledger.append([entry], writer: "w")
    }

    func look() async throws {
        try await cache.load()
        #expect(await watch.lookAtAll())
    }

    /// What was told: period, value, limit version, threshold.
    func told() async throws -> [String] {
        try await store.alerts(AlertFilter(), before: nil, limit: 100).compactMap { alert in
            alert.crossing.map { "\($0.key.period) \($0.key.scopeValue) v\($0.key.limitVersion) \($0.key.threshold)" }
        }.sorted()
    }
}

func dollars(_ amount: Int64) -> MoneySum { MoneySum(picoDollars: Int128(amount) * 1_000_000_000_000) }

@Suite struct EvaluatorTests {
    @Test func `a jump over several thresholds is a row for each and one message`() async throws {
        let rig = EvaluatorRig()
        _ = try await rig.makeBudget()
        try await rig.spend(49, number: 1)
        try await rig.look()
        #expect(try await rig.told().isEmpty)
        try await rig.spend(31, number: 2)
        try await rig.look()
        try await rig.look()
        #expect(try await rig.told() == ["month:2026-11-01 growth v1 50", "month:2026-11-01 growth v1 80"])
        guard case .message(let message) = try await rig.store.claim(DeliveryRules(), at: rig.clock.now) else {
            Issue.record("nothing to send")
            return
        }
        let letter = AlertLetter(message.alerts, links: ConsoleLinks(base: "https://oliver.example.com/"))
        #expect(letter.subject == "[Oliver] Growth is at 80% of $100.00")
        #expect(letter.text.contains("Also passed: 50%") && letter.text.contains("$80.00 of $100.00 is spent."))
        #expect(try await rig.store.claim(DeliveryRules(), at: rig.clock.now) == .idle)
    }

    @Test func `a limit that is lowered tells what it makes reached, one that is raised tells anew when it is`()
        async throws
    {
        let rig = EvaluatorRig()
        let budget = try await rig.makeBudget()
        try await rig.spend(60, number: 1)
        try await rig.look()
        var edit = BudgetEdit(limit: dollars(200))
        _ = try await rig.budgets.update(budget.id, edit, expecting: nil, by: "test", at: rig.clock.now)
        try await rig.look()
        #expect(try await rig.told() == ["month:2026-11-01 growth v1 50"])
        edit = BudgetEdit(limit: dollars(70))
        _ = try await rig.budgets.update(budget.id, edit, expecting: nil, by: "test", at: rig.clock.now)
        try await rig.look()
        #expect(
            try await rig.told() == [
                "month:2026-11-01 growth v1 50", "month:2026-11-01 growth v3 50", "month:2026-11-01 growth v3 80",
            ]
        )
    }

    @Test func `a closed period is judged by the limit it had, and late events are still told`() async throws {
        let rig = EvaluatorRig()
        let budget = try await rig.makeBudget()
        let october = rig.clock.now.adding(.seconds(-86_400 * 30))
        try await rig.spend(40, number: 1, at: october)
        try await rig.look()
        #expect(try await rig.told().isEmpty)
        // The limit of today says nothing of October.
        let edit = BudgetEdit(limit: dollars(50))
        _ = try await rig.budgets.update(budget.id, edit, expecting: nil, by: "test", at: rig.clock.now)
        try await rig.look()
        #expect(try await rig.told().isEmpty)
        try await rig.spend(15, number: 2, at: october)
        try await rig.look()
        #expect(try await rig.told() == ["month:2026-10-01 growth v1 50"])
    }

    @Test func `a new period begins at the workspace's midnight and tells anew`() async throws {
        let rig = EvaluatorRig()
        _ = try await rig.makeBudget(period: .day, thresholds: [50])
        try await rig.spend(60, number: 1)
        try await rig.look()
        #expect(try await rig.told() == ["day:2026-11-23 growth v1 50"])
        // 18:15 UTC is midnight in Kathmandu.
        rig.clock.advance(by: .seconds(8 * 3_600 + 14 * 60))
        try await rig.spend(60, number: 2)
        try await rig.look()
        #expect(try await rig.told().count == 1)
        rig.clock.advance(by: .seconds(60))
        try await rig.spend(60, number: 3)
        try await rig.look()
        #expect(try await rig.told() == ["day:2026-11-23 growth v1 50", "day:2026-11-24 growth v1 50"])
    }

    @Test(arguments: [Scope(type: .team, id: "*"), Scope(type: .tag, id: "feature=*")])
    func `a budget of every value tells each value by itself`(_ scope: Scope) async throws {
        let rig = EvaluatorRig()
        _ = try await rig.makeBudget(scope: scope, period: .total, thresholds: [50])
        try await rig.spend(60, number: 1, team: "growth")
        try await rig.spend(40, number: 2, team: "core")
        try await rig.spend(90, number: 3, team: "data")
        try await rig.look()
        let prefix = scope.type == .tag ? "feature=" : ""
        #expect(try await rig.told() == ["total \(prefix)data v1 50", "total \(prefix)growth v1 50"])
    }

    @Test func `a raise counts while it runs`() async throws {
        let rig = EvaluatorRig()
        let budget = try await rig.makeBudget(thresholds: [100])
        let raise = BudgetRaise(limit: dollars(200), from: rig.clock.now, until: rig.clock.now.adding(.seconds(3_600)))
        _ = try await rig.budgets.update(
            budget.id,
            BudgetEdit(raise: .set(raise)),
            expecting: nil,
            by: "test",
            at: rig.clock.now
        )
        try await rig.spend(150, number: 1)
        try await rig.look()
        #expect(try await rig.told().isEmpty)
        rig.clock.advance(by: .seconds(3_600))
        try await rig.look()
        #expect(try await rig.told() == ["month:2026-11-01 growth v2 100"])
    }

    @Test func `a hint that comes before the ledger is followed up until the ledger has it`() async throws {
        let rig = EvaluatorRig()
        let budget = try await rig.makeBudget()
        let notice = NoticeEntry(
            id: "crossing-1",
            kind: "budget_crossing",
            createdAt: rig.clock.now,
            title: "x",
            facts: [.init("budget", budget.id), .init("threshold", "50"), .init("limit_version", "1")]
        )
        let handler = NoticeHandler(watch: rig.watch, desk: rig.desk)
        let delivery = Delivery(
            stream: .notices,
            partition: .first,
            id: EntryID(milliseconds: 1, sequence: 0),
            payload: try notice.encode()
        )
        let broken = Delivery(
            stream: .notices,
            partition: .first,
            id: EntryID(milliseconds: 2, sequence: 0),
            payload: Array("{".utf8)
        )
        let outcome = try await handler.handle([delivery, broken, delivery])
        #expect(outcome.acknowledge == [0, 2] && outcome.poison.keys.sorted() == [1])
        await rig.watch.followUp()
        #expect(try await rig.told().isEmpty)
        try await rig.spend(50, number: 1)
        let deadline = ContinuousClock.now + .seconds(20)
        while try await rig.told().isEmpty, ContinuousClock.now < deadline { await rig.watch.followUp() }
        #expect(try await rig.told() == ["month:2026-11-01 growth v1 50"])
    }

    @Test func `notices of other services are told once, to the channels that take them`() async throws {
        let rig = EvaluatorRig()
        for (id, workspace, events) in [("all", nil, []), ("acme", "acme", []), ("budgets", nil, [.budgetCrossing])]
            as [(String, String?, [AlertKind])]
        {
            try await rig.store.create(
                Channel(
                    id: "chn_\(id)",
                    workspace: workspace,
                    name: id,
                    kind: .email,
                    target: "\(id)@example.com",
                    events: events,
                    createdAt: rig.clock.now,
                    createdBy: "test"
                ),
                by: "test"
            )
        }
        let notice = NoticeEntry(id: "price-sync-1", kind: "price_sync", createdAt: rig.clock.now, title: "Prices")
        let added = try await rig.desk.raise([NewAlert(notice)])
        #expect(try await rig.desk.raise([NewAlert(notice)]).isEmpty)
        let receipts = try await rig.store.receipts(of: added.map(\.id))
        #expect(receipts.values.joined().map(\.destination.address) == ["all@example.com"])
    }
}
