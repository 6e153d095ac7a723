internal import Domain

/// Who works in the firm, on what and with which models.
struct DemoFirm: Sendable {
    struct User: Sendable {
        var name: String
        var team: String
        var projects: [String]
        var sourceApp: String
        /// Positions in the list of models, the favourite first.
        var models: [Int]
        var feature: Int

        func project(using random: inout DemoRandom) -> String? {
            // A few calls are nobody's project.
            random.below(50) == 0 ? nil : projects[random.skewed(below: projects.count)]
        }
    }

    static let sourceApps = ["demo-chat", "demo-search", "demo-agents", "demo-etl", "demo-support", "demo-notebook"]
    private static let teams = [
        "growth", "search", "support", "platform", "data", "sales", "marketing", "legal", "finance", "research",
        "mobile",
        "web", "security", "people", "design", "operations", "partners", "quality", "billing", "labs",
    ]
    private static let work = ["assistant", "summaries", "extraction", "ranking", "evaluation"]
    private static let features = [
        "summarise", "answer", "classify", "translate", "extract", "rewrite", "rank", "moderate", "draft", "plan",
        "code",
        "transcribe",
    ]

    private let users: [User]
    private let weights: [Int]

    init(users count: Int, seed: UInt64) {
        let popularity = DemoRandom.cumulative(DemoModel.all.map(\.weight))
        users = (0..<count).map { number in
            var random = DemoRandom(seed: seed ^ 0x5eed, index: number)
            let team = Self.teams[random.skewed(below: Self.teams.count)]
            let first = random.below(Self.work.count)
            var models: [Int] = []
            for _ in 0..<(2 + random.below(4)) {
                let model = random.pick(popularity)
                if !models.contains(model) { models.append(model) }
            }
            return User(
                name: "u-\(number + 1)",
                team: team,
                projects: (0..<(1 + random.below(3))).map { "\(team)-\(Self.work[(first + $0) % Self.work.count])" },
                sourceApp: Self.sourceApps[random.skewed(below: Self.sourceApps.count)],
                models: models,
                feature: random.below(Self.features.count)
            )
        }
        // As in life, few make most of the calls: the n-th user makes an n-th of what the first does, nearly.
        weights = DemoRandom.cumulative((0..<count).map { 1_000_000 / ($0 + 20) })
    }

    func members(of workspace: String) -> [EventIdentity] {
        users.flatMap { user in
            user.projects.map { project in
                EventIdentity(
                    workspace: workspace,
                    team: user.team,
                    project: project,
                    user: user.name,
                    sourceApp: user.sourceApp
                )
            }
        }
    }

    func user(using random: inout DemoRandom) -> User { users[random.pick(weights)] }

    func model(of user: User, using random: inout DemoRandom) -> DemoModel {
        DemoModel.all[user.models[random.skewed(below: user.models.count)]]
    }

    /// Tags: the feature, the environment and, for every second call, whose customer it was for.
    func tags(of user: User, using random: inout DemoRandom) -> [EventIdentity.Tag] {
        var tags: [EventIdentity.Tag] = []
        if random.below(2) == 0 { tags.append(.init(key: "customer", value: "c-\(random.skewed(below: 200))")) }
        let stage = random.below(10)
        tags.append(.init(key: "env", value: stage < 7 ? "production" : stage < 9 ? "staging" : "development"))
        if random.below(20) > 0 {
            let feature = (user.feature + random.skewed(below: 3)) % Self.features.count
            tags.append(.init(key: "feature", value: Self.features[feature]))
        }
        return tags
    }
}
