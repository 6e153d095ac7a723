import BudgetBook
import CoreMetrics
import Domain
import HTTPTypes
import Redis
import ServiceRuntime
import Streams
import TestSupport
import Testing
import Wire

@testable import Budgets

@Suite(.timeLimit(.minutes(1))) struct `Counting for budgets` {
    @Test func `a replica that has not heard of a new budget counts for it all the same`() async throws {
        try await BudgetRig.with { rig in
            let other = try await rig.otherReplica()
            try await rig.spend("e1", 300)
            let id = try await rig.make()
            #expect(other.cache.current.budgets.isEmpty)
            try await rig.spend("e2", 11, by: other)
            #expect(try await rig.send(.get, "/v1/budgets/\(id)").json["spent_usd"]?.picoDollars == 311)
            #expect(other.cache.current.budgets.count == 1)
        }
    }

    @Test func `nothing is counted by budgets that have changed since`() async throws {
        try await BudgetRig.with { rig in
            _ = try await rig.make()
            try await rig.price([("e1", "growth", 300)])
            let reader = rig.streams.reader(of: .priced, for: .budget, as: "test")
            let deliveries = try await reader.read(limit: 10, wait: .seconds(5))
            let plan = CountPlan(deliveries, catalogue: CounterCatalogue())
            await #expect { try await rig.counters.count(plan.batches, budgets: 0) } throws: { error in
                (error as? RedisError)?.code == .stale
            }
            await #expect { try await rig.counters.correct(rig.partition, number: 1, deltas: [], budgets: 0) } throws: {
                ($0 as? RedisError)?.code == .stale
            }
            let result = try await rig.counters.count(plan.batches, budgets: 1)
            #expect(result.counted == 1)
        }
    }

    @Test func `redis learns the version of budgets again when it has lost it, and follows a store that went back`()
        async throws
    {
        try await BudgetRig.with { rig in
            _ = try await rig.make()
            let announcer = BudgetAnnouncer(
                cache: rig.replica.cache,
                counters: rig.counters,
                partitioning: rig.streams.partitioning,
                interval: .seconds(1),
                logger: .quiet
            )
            let partitions = rig.streams.partitioning.partitions
            try await rig.pool.send(RedisCommand("FLUSHALL"))
            try await announcer.compare()
            #expect(try await rig.counters.publishedBudgets(in: partitions) == partitions.map { _ in 1 })
            try await rig.counters.publishBudgets(version: 7, in: [rig.partition])
            try await rig.counters.publishBudgets(version: 6, in: [rig.partition])
            #expect(try await rig.counters.publishedBudgets(in: [rig.partition]) == [7])
            try await announcer.compare()
            #expect(try await rig.counters.publishedBudgets(in: [rig.partition]) == [1])
        }
    }

    @Test func `a threshold is told once, a jump over several tells each, a new limit tells anew`() async throws {
        try await BudgetRig.with { rig in
            let id = try await rig.make()
            try await rig.spend("e1", 499)
            #expect(try await rig.notices().isEmpty)
            try await rig.spend("e2", 1)
            try await rig.spend("e3", 1)
            let first = try await rig.notices()
            #expect(first.map(\.kind) == ["budget_crossing"])
            let facts = Dictionary(uniqueKeysWithValues: first[0].facts.map { ($0.name, $0.value) })
            #expect(facts["budget"] == id && facts["threshold"] == "50" && facts["limit_version"] == "1")
            #expect(facts["scope_type"] == "team" && facts["scope_id"] == "growth" && facts["workspace"] == "acme")
            #expect(facts["spent_usd"] == "0.000000000500" && facts["limit_usd"] == "0.000000001000")
            try await rig.spend("e4", 1_000)
            #expect(try await rig.notices().map { $0.title.contains("80 %") } == [true, false])
            try await rig.send(.patch, "/v1/budgets/\(id)", #"{"limit_usd":"0.000000003"}"#)
            try await rig.spend("e5", 1)
            let again = try await rig.notices()
            #expect(again.count == 1 && Set(again.map(\.id)).isDisjoint(with: first.map(\.id)))
            // No event need come for a limit that is lower than what was spent.
            try await rig.send(.patch, "/v1/budgets/\(id)", #"{"limit_usd":"0.000000001"}"#)
            #expect(try await rig.notices().count == 3)
        }
    }

    @Test func `the just closed period is told of, older ones are not`() async throws {
        try await BudgetRig.with { rig in
            let workspace = rig.replica.catalogue.current.workspace("acme")
            _ = try await rig.make(#","thresholds":[1]"#)
            let catalogue = rig.replica.catalogue.current
            let budget = try #require(rig.replica.cache.current.budgets.values.first)
            let watch = CrossingWatch(
                producer: rig.streams,
                clock: rig.clock,
                metrics: BudgetMetrics(factory: NOOPMetricsHandler.instance),
                logger: .quiet
            )
            for days in [0, 30, 62] {
                let time = rig.clock.now.adding(.seconds(-86_400 * days))
                let counter = workspace.counter(of: budget, scope: budget.scope, at: time)
                let use = CounterUse(name: counter.name)
                let level = CounterLevel(
                    partition: rig.partition,
                    counter: use,
                    sum: MoneySum(picoDollars: 100),
                    isReady: true
                )
                await watch.watch([level], catalogue)
            }
            #expect(try await rig.notices().count == 2)
        }
    }

    @Test func `a budget of every value that ends forgets its counters, but not those that others ask for`()
        async throws
    {
        try await BudgetRig.with { rig in
            let body = """
                {"name":"n","workspace":"acme","scope":{"type":"team","id":"*"},"period":"month","limit_usd":"1"}
                """
            let made = try await rig.send(.post, "/v1/budgets", body, expecting: .created).json
            _ = try await rig.make(team: "ops")
            let workspace = rig.replica.catalogue.current.workspace("acme")
            let every = try #require(rig.replica.cache.current.budgets[made["id"]?.text ?? ""])
            let counters = ["growth", "ops"].map { team in
                workspace.counter(of: every, scope: Scope(type: .team, id: team), at: rig.clock.now)
            }
            let uses = counters.map(\.id.use)
            let now = rig.clock.now
            let admitted = try await rig.counters.admit(uses, of: "acme", in: rig.partition, limit: 9, now: now)
            #expect(admitted == [true, true])
            let opening = RebuildOpening(
                rebuilder: CounterRebuilder(ledger: rig.ledger, counters: rig.counters),
                partitioning: rig.streams.partitioning
            )
            try await opening.open(counters, within: .seconds(5))
            try await rig.send(.delete, "/v1/budgets/\(every.id)")
            let values = try await rig.counters.values(rig.partition, names: counters.map(\.name))
            #expect(values[0] == nil && values[1]?.isReady == true)
            #expect(try await rig.counters.registered(of: "acme", in: rig.partition) == [counters[1].name])
        }
    }
}
