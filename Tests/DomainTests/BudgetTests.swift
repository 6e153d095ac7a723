import Domain
import Testing

@Suite struct `A budget` {
    private let now = Timestamp(seconds: 1_795_428_000)

    private func budget(_ limit: Int128, raise: BudgetRaise? = nil) -> Budget {
        Budget(
            id: "b",
            workspace: "acme",
            scope: Scope(type: .workspace, id: "acme"),
            period: .month,
            name: "n",
            limit: MoneySum(picoDollars: limit),
            action: .block,
            raise: raise,
            version: 1,
            createdAt: now,
            createdBy: "ann"
        )
    }

    @Test func `has the raised limit from its start to just before its end`() {
        let raise = BudgetRaise(limit: MoneySum(picoDollars: 200), from: now, until: now.adding(.seconds(10)))
        let raised = budget(100, raise: raise)
        #expect(raised.limit(at: now.adding(microseconds: -1)).picoDollars == 100)
        #expect(raised.limit(at: now).picoDollars == 200)
        #expect(raised.limit(at: now.adding(microseconds: 9_999_999)).picoDollars == 200)
        #expect(raised.limit(at: now.adding(.seconds(10))).picoDollars == 100)
        #expect(budget(300, raise: raise).limit(at: now).picoDollars == 300)
    }

    @Test func `reaches a threshold at its level and not below`() {
        let odd = budget(333)
        #expect(odd.level(ofThreshold: 50, at: now).picoDollars == 167)
        #expect(odd.thresholds(reachedBy: MoneySum(picoDollars: 166), at: now).isEmpty)
        #expect(odd.thresholds(reachedBy: MoneySum(picoDollars: 167), at: now) == [50])
        #expect(odd.thresholds(reachedBy: MoneySum(picoDollars: 333), at: now) == [50, 80, 100])
        #expect(odd.thresholds(reachedBy: MoneySum(picoDollars: -1), at: now).isEmpty)
    }
}

@Suite struct `A scope of every value` {
    private let event = UsageEvent(
        eventID: "e",
        occurredAt: Timestamp(seconds: 0),
        receivedAt: Timestamp(seconds: 0),
        identity: EventIdentity(
            workspace: "acme",
            user: "u-42",
            sourceApp: "app",
            tags: [.init(key: "feature", value: "a=*"), .init(key: "region", value: "eu")]
        ),
        provider: "openai",
        model: "gpt-4o"
    )

    @Test(arguments: [
        (Scope(type: .user, id: "*"), "u-42"), (Scope(type: .team, id: "*"), nil),
        (Scope(type: .sourceApp, id: "*"), "app"), (Scope(type: .provider, id: "*"), "openai"),
        (Scope(type: .model, id: "*"), "gpt-4o"), (Scope(type: .tag, id: "region=*"), "region=eu"),
        (Scope(type: .tag, id: "feature=*"), "feature=a=*"), (Scope(type: .tag, id: "colour=*"), nil),
        (Scope(type: .user, id: "u-42"), "u-42"), (Scope(type: .user, id: "u-4"), nil),
        (Scope(type: .workspace, id: "acme"), "acme"),
    ])
    func `counts an event in the scope of its value`(_ scope: Scope, _ value: String?) {
        #expect(scope.counted(for: event) == value.map { Scope(type: scope.type, id: $0) })
    }

    @Test func `covers the values of its type and key`() {
        #expect(Scope(type: .user, id: "*").covers(Scope(type: .user, id: "x")))
        #expect(!Scope(type: .user, id: "*").covers(Scope(type: .team, id: "x")))
        #expect(Scope(type: .tag, id: "region=*").covers(Scope(type: .tag, id: "region=eu")))
        #expect(!Scope(type: .tag, id: "region=*").covers(Scope(type: .tag, id: "feature=eu")))
        #expect(!Scope(type: .user, id: "x").covers(Scope(type: .user, id: "y")))
    }
}
