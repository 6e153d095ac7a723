import Budgets
import Calendars
import Domain
import Testing

private func event(user: String? = "u-42", tags: [EventIdentity.Tag] = [], at time: Timestamp) -> UsageEvent {
    UsageEvent(
        eventID: "e",
        occurredAt: time,
        receivedAt: time,
        identity: EventIdentity(
            workspace: "acme",
            team: "growth",
            project: "chatbot",
            user: user,
            sourceApp: "app",
            tags: tags
        ),
        provider: "openai",
        model: "gpt-4o"
    )
}

private func names(_ counters: [CounterCatalogue.Counter]) -> [String] {
    counters.map { "\($0.scope.type.rawValue) \($0.scope.id) \($0.period.name)\($0.isOnFirstUse ? " first" : "")" }
}

private let own = ["workspace acme month:2026-11-01", "workspace acme total"]
private let noon = Timestamp(seconds: 1_795_435_200)

@Suite struct `A catalogue of counters` {
    private func catalogue(_ budgets: [Budget], zone: String = "UTC") throws -> CounterCatalogue {
        let calendar = try #require(CalendarRules(timeZone: zone))
        return CounterCatalogue(workspaces: [
            "acme": CounterCatalogue.Workspace(id: "acme", calendar: calendar, budgets: budgets)
        ])
    }

    @Test func `counts each scope and period once, however many budgets ask for it`() throws {
        let team = Scope(type: .team, id: "growth")
        let catalogue = try catalogue([
            budget(team, .day, id: "1"), budget(team, .day, id: "2"), budget(team, .week, id: "3"),
            budget(Scope(type: .workspace, id: "acme"), .month, id: "4"),
            budget(Scope(type: .workspace, id: "acme"), .year, id: "5"),
            budget(Scope(type: .team, id: "other"), .day, id: "6"),
        ])
        let found = Set(names(catalogue.counters(for: event(at: noon))))
        #expect(
            found
                == Set(
                    own + [
                        "team growth day:2026-11-23", "team growth week:2026-11-23", "workspace acme year:2026-01-01",
                    ]
                )
        )
        #expect(catalogue.workspace("acme").standing.count == 6)
    }

    @Test func `gives every value a counter of its own, made on first use unless a budget names the value`() throws {
        let catalogue = try catalogue([
            budget(Scope(type: .user, id: "*"), .month), budget(Scope(type: .user, id: "u-1"), .month),
            budget(Scope(type: .tag, id: "feature=*"), .total),
        ])
        let tags = [EventIdentity.Tag(key: "feature", value: "a=b"), .init(key: "region", value: "eu")]
        #expect(
            names(catalogue.counters(for: event(tags: tags, at: noon)))
                == own + ["user u-42 month:2026-11-01 first", "tag feature=a=b total first"]
        )
        #expect(names(catalogue.counters(for: event(user: "u-1", at: noon))) == own + ["user u-1 month:2026-11-01"])
        #expect(names(catalogue.counters(for: event(user: nil, at: noon))) == own)
        #expect(names(catalogue.ownCounters(of: "acme", at: noon)) == own)
        #expect(catalogue.workspace("acme").standing.count == 3)
    }

    @Test func `finds the budgets of a counter, those of every value too`() throws {
        let every = budget(Scope(type: .user, id: "*"), .month, id: "every")
        let one = budget(Scope(type: .user, id: "u-42"), .month, id: "one")
        let daily = budget(Scope(type: .user, id: "u-42"), .day, id: "daily")
        let workspace = try catalogue([every, one, daily]).workspace("acme")
        let counter = workspace.counter(of: every, scope: one.scope, at: noon)
        #expect(workspace.budgets(of: one.scope, .month) == [one, every])
        #expect(!counter.isOnFirstUse)
        let other = workspace.counter(of: every, scope: Scope(type: .user, id: "u-7"), at: noon)
        #expect(workspace.budgets(of: other.scope, .month) == [every])
        #expect(other.isOnFirstUse)
    }

    /// 18:15 UTC is midnight in Kathmandu; Berlin's clocks went back on 25 October 2026, a day of 25 hours.
    @Test(arguments: [
        ("Asia/Kathmandu", "2026-11-22T18:14:59Z", "2026-11-22T18:15:00Z"),
        ("Europe/Berlin", "2026-10-25T22:59:59Z", "2026-10-25T23:00:00Z"),
        ("Europe/Berlin", "2026-03-28T22:59:59Z", "2026-03-28T23:00:00Z"),
        ("America/New_York", "2026-11-02T04:59:59Z", "2026-11-02T05:00:00Z"),
        ("UTC", "2026-11-22T23:59:59Z", "2026-11-23T00:00:00Z"),
    ])
    func `a budget starts anew at the local boundary`(_ zone: String, _ last: String, _ first: String) throws {
        let catalogue = try catalogue([budget(Scope(type: .team, id: "growth"), .day)], zone: zone)
        let times = try [last, first].map { try timestamp($0) }
        let counters = times.map { catalogue.counters(for: event(at: $0))[2] }
        #expect(counters[0] != counters[1])
        #expect(counters[0].period.end == times[1])
        #expect(counters[1].period.start == times[1])
    }
}
