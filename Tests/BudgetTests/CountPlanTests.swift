import Budgets
import Calendars
import Domain
import Redis
import Streams
import Testing

private func delivery(_ payload: [UInt8], _ sequence: UInt64, _ partition: Partition = .first) -> Delivery {
    Delivery(
        stream: .priced,
        partition: partition,
        id: EntryID(milliseconds: 1, sequence: sequence),
        epoch: 7,
        payload: payload
    )
}

private func catalogue(_ budgets: [Budget] = []) throws -> CounterCatalogue {
    let kathmandu = try #require(CalendarRules(timeZone: "Asia/Kathmandu"))
    return CounterCatalogue(workspaces: [
        "acme": CounterCatalogue.Workspace(id: "acme", calendar: kathmandu, budgets: budgets),
        "other": CounterCatalogue.Workspace(id: "other"),
    ])
}

/// The counters of each event, by name without the joints.
private func counters(of plan: CountPlan) -> [[String]] {
    plan.batches.flatMap { batch in
        batch.events.map { event in
            batch.sets[event.set].map { index in
                let name = CounterName(batch.counters[index].name)
                return "\(name?.scope.type.rawValue ?? "") \(name?.scope.id ?? "") \(name?.periodText ?? "")"
            }
        }
    }
}

@Suite struct `A count plan` {
    @Test func `counts a workspace by its own calendar's month and in total`() throws {
        let late = try rawEntry("a", workspace: "acme", at: try timestamp("2026-11-30T18:14:59Z"))
        let next = try rawEntry("b", workspace: "acme", at: try timestamp("2026-11-30T18:15:00Z"))
        let plan = CountPlan(
            [
                delivery(try pricedPayload(late.payload, cost: 5), 0),
                delivery(try pricedPayload(next.payload, cost: nil), 1),
            ],
            catalogue: try catalogue()
        )
        #expect(
            counters(of: plan) == [
                ["workspace acme month from 2026-10-31T18:15:00Z", "workspace acme total"],
                ["workspace acme month from 2026-11-30T18:15:00Z", "workspace acme total"],
            ]
        )
        #expect(plan.batches.first?.events.map(\.cost) == [Money(picoDollars: 5), nil])
        #expect(plan.poison.isEmpty)
    }

    @Test func `counts what is asked for beside that, for the events it contains`() throws {
        let plan = CountPlan(
            [
                delivery(
                    try pricedPayload(
                        try rawEntry("a", workspace: "acme", at: try timestamp("2026-11-23T10:00:00Z")).payload,
                        cost: 1
                    ),
                    0
                ),
                delivery(
                    try pricedPayload(
                        try rawEntry("b", workspace: "acme", at: try timestamp("2026-11-23T10:00:00Z"), team: "ops")
                            .payload,
                        cost: 1
                    ),
                    1
                ),
            ],
            catalogue: try catalogue([budget(Scope(type: .team, id: "growth"), .day)])
        )
        #expect(counters(of: plan)[0].contains("team growth day from 2026-11-22T18:15:00Z"))
        #expect(counters(of: plan)[1] == ["workspace acme month from 2026-10-31T18:15:00Z", "workspace acme total"])
    }

    @Test func `shares one set between events of one workspace and period`() throws {
        let payloads = try (0..<100).map { index in
            try pricedPayload(
                try rawEntry("e\(index)", workspace: "other", at: Timestamp(seconds: 1_795_428_000 + Int64(index * 60)))
                    .payload,
                cost: Int64(index)
            )
        }
        let plan = CountPlan(payloads.enumerated().map { delivery($1, UInt64($0)) }, catalogue: try catalogue())
        #expect(plan.batches.count == 1)
        #expect(plan.batches.first?.sets.count == 1)
        #expect(plan.batches.first?.events.count == 100)
    }

    @Test func `names what cannot be read and counts the rest`() throws {
        let good = try rawEntry("a", workspace: "other", at: try timestamp("2026-11-23T10:00:00Z"))
        let plan = CountPlan(
            [delivery([1, 2, 3], 0), delivery(try pricedPayload(good.payload, cost: 1), 1)],
            catalogue: try catalogue()
        )
        #expect(Array(plan.poison.keys) == [0])
        #expect(plan.batches.first?.events.count == 1)
    }
}
