import Domain
import LocalServers
import TestSupport
import Testing

extension LiveSuite {
    /// Blueprint §12, invariants 3 and 4.
    @Suite struct NoOverrunTests {
        private static let schedules = Scale.isFull ? 50 : 2
        private static let clients = 200
        private static let secondsToLive = 20

        @Test(.timeLimit(.minutes(Scale.isFull ? 120 : 10)))
        func `spend never passes a blocking budget, whatever is killed`() async throws {
            try await Cluster.with { cluster in
                for schedule in 0..<Self.schedules {
                    // Every other one has budgets on five scopes at once.
                    let run = try await OverrunRun(on: cluster, schedule: schedule, hasFive: schedule % 2 == 1)
                    try await run.spend(clients: Self.clients, secondsToLive: Self.secondsToLive)
                    try await run.checkHoldsAreWhole()
                    try await run.check(secondsToLive: Self.secondsToLive)
                }
            }
        }
    }
}

/// One seeded schedule: a workspace of its own, its budgets, many clients and what is killed meanwhile.
struct OverrunRun {
    private let cluster: Cluster
    private let workspace: String
    private let key: String
    private let budgets: [BudgetAnswer]
    private let journal = SpendingJournal()
    private let name: String
    private let adminKey: String

    init(on cluster: Cluster, schedule: Int, hasFive: Bool) async throws {
        self.cluster = cluster
        name = "overrun \(schedule)"
        workspace = "overrun-\(schedule)"
        key = try await cluster.makeKey("spender", workspace: workspace, scopes: "record,read,preflight").key
        adminKey = try await cluster.makeKey("admin", workspace: workspace, scopes: "admin").key
        try await cluster.failClosed(workspace)
        var scopes = [(type: "workspace", id: workspace, usd: "10")]
        if hasFive {
            scopes += [
                (type: "team", id: "red", usd: "9"), (type: "user", id: "*", usd: "1"),
                (type: "model", id: "gpt-4o", usd: "9.5"), (type: "tag", id: "feature=chat", usd: "8"),
            ]
        }
        let admin = cluster.client(of: .budget)
        var made: [BudgetAnswer] = []
        for scope in scopes {
            let body = """
                {"name":"\(scope.type)","workspace":"\(workspace)","scope":{"type":"\(scope.type)","id":"\(scope.id)"},
                "period":"total","limit_usd":"\(scope.usd)","action":"block"}
                """
            let request = HTTPRequest.post("/v1/budgets", key: adminKey, Array(body.utf8))
            made.append(try await admin.send(request).expecting(201, BudgetAnswer.self))
        }
        budgets = made
    }

    /// Runs the clients and strikes meanwhile; a failed part ends the test.
    func spend(clients: Int, secondsToLive: Int) async throws {
        let isOver = Latch()
        try await withThrowingTaskGroup { group in
            group.addTask { try await strike(until: isOver) }
            try await withThrowingTaskGroup { group in
                for number in 0..<clients {
                    let client = SpendingClient(
                        name: "\(number % 10)u-\(workspace)-\(number)",
                        preflights: cluster.client(of: .budget, patience: .seconds(10)),
                        records: cluster.client(of: .ingest, patience: .seconds(10)),
                        key: key,
                        journal: journal,
                        secondsToLive: secondsToLive
                    )
                    let seed = Seed.generator(for: "\(name) \(number)")
                    group.addTask { try await client.run(calls: 8, seed: seed) }
                }
                try await group.waitForAll()
            }
            await isOver.open()
            try await group.waitForAll()
        }
    }

    /// Kills budget, ingest, pricing and Redis in any order, at random moments, until the load is over.
    private func strike(until isOver: Latch) async throws {
        var random = Seed.generator(for: "\(name) blows")
        while await !isOver.isOpen {
            for victim in [ServiceName.budget, .ingest, .pricing, nil].shuffled(using: &random) {
                try await Task.sleep(for: .milliseconds(Int.random(in: 50...700, using: &random)))
                if await isOver.isOpen { return }
                if let victim {
                    try await cluster.kill(victim)
                    try cluster.start(victim)
                    try await cluster.waitUntilReady(victim)
                } else {
                    await cluster.redis.kill9()
                    try await cluster.redis.start()
                }
            }
        }
    }

    /// What a hold reserves stands in every budget's counter.
    func checkHoldsAreWhole() async throws {
        try await cluster.waitUntilQuiet()
        let holds = try await cluster.oliver(HoldsAnswer.self, "holds", "list", "--workspace", workspace, "--json")
        #expect(holds.items.allSatisfy { $0.counters.count == budgets.count }, "\(name); \(Scale.note)")
    }

    func check(secondsToLive: Int) async throws {
        try await cluster.waitUntilQuiet()
        let late = await journal.late
        #expect(late == 0, "\(late) events were recorded after their hold; \(Scale.note)")
        let costs = await journal.costs
        let spent = costs.values.reduce(0, +)
        let now = Timestamp.now
        let summary = try await cluster.summary(
            key: key,
            from: now.adding(.seconds(-86_400)).floored(toSeconds: 86_400).rfc3339,
            to: now.adding(.seconds(2 * 86_400)).floored(toSeconds: 86_400).rfc3339
        )
        #expect(summary.costUsd == usd(spent), "\(name); \(Scale.note)")
        #expect(summary.events == costs.count, "\(name); \(Scale.note)")
        #expect(await journal.refusals > 0, "nobody was refused: the limits were never reached; \(Scale.note)")
        let admin = cluster.client(of: .budget)
        for budget in budgets {
            let path = "/v1/budgets/\(budget.id)"
            let now = try await eventually("nothing is held", within: .seconds(secondsToLive + 10)) {
                let state = try await admin.send(.get(path, key: adminKey)).expecting(200, BudgetAnswer.self)
                return state.heldUsd == nil || picoDollars(state.heldUsd ?? "") == 0 ? state : nil
            }
            guard budget.scope.id != "*" else { continue }
            #expect(now.spentUsd == usd(spent), "\(name) \(budget.name); \(Scale.note)")
            let limit = try #require(picoDollars(budget.limitUsd))
            #expect(spent <= Int128(limit), "\(name) \(budget.name); \(Scale.note)")
        }
        try await checkUsers(costs)
        let left = try await cluster.oliver(HoldsAnswer.self, "holds", "list", "--workspace", workspace, "--json")
        #expect(left.items.isEmpty, "\(name); \(Scale.note)")
        let report = try await cluster.verify()
        #expect(report.consistent, "\(name): \(report); \(Scale.note)")
        print("\(name): \(costs.count) calls, \(usd(spent)) USD, \(await journal.refusals) refusals")
    }

    /// Each user has a limit of their own, when there is a budget for every user.
    private func checkUsers(_ costs: [String: Int128]) async throws {
        guard let budget = budgets.first(where: { $0.scope.id == "*" }) else { return }
        let limit = try #require(picoDollars(budget.limitUsd))
        let users = Dictionary(grouping: costs) { String($0.key.prefix(2)) }
        for (user, calls) in users {
            #expect(calls.reduce(0) { $0 + $1.value } <= Int128(limit), "\(name) \(user); \(Scale.note)")
        }
    }
}

/// Tells that something is over.
actor Latch {
    private(set) var isOpen = false

    func open() { isOpen = true }
}

/// A budget of `/v1/budgets`.
struct BudgetAnswer: Decodable {
    struct Scope: Decodable {
        var type: String
        var id: String
    }

    var id: String
    var name: String
    var scope: Scope
    var limitUsd: String
    var spentUsd: String?
    var heldUsd: String?
}
