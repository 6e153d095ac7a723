import Domain
import TestSupport
import Testing

extension LiveSuite {
    @Suite struct AlertTests {
        private struct Alerts: Decodable {
            struct Budget: Decodable { var id: String }
            struct Delivery: Decodable {
                var recipient: String?
                var state: String
                var uncertainAttempts: Int
                var messageId: String?
            }
            struct Item: Decodable {
                var id, kind, state: String
                var budget: Budget?
                var threshold: Int?
                var period: String?
                var deliveries: [Delivery]
            }
            var items: [Item]
            var next: String?
        }

        private static let budgets = 100
        /// Enough that each budget's limit is reached by its last event.
        private static let events = Scale.isFull ? 100_000 : 10_000
        private static let thresholds = [50, 80, 100]
        private static let clients = 8

        @Test(.timeLimit(.minutes(Scale.isFull ? 20 : 8)))
        func `tells each crossing once, though alerts and the mail server are killed all the time`() async throws {
            try await withMailServer { mail in
                var options = Cluster.Options()
                options.ofService[.alerts] = [
                    "OLIVER_ALERTS_SMTP_URL": mail.url, "OLIVER_ALERTS_SMTP_AUTHORITIES": mail.authorities,
                    "OLIVER_ALERTS_FROM": "Oliver <oliver@example.com>", "OLIVER_ALERTS_SMTP_TIMEOUT": "3s",
                    "OLIVER_ALERTS_WEBHOOK_TIMEOUT": "3s", "OLIVER_ALERTS_INTERVAL": "3s",
                    "OLIVER_ALERTS_RETRY_AFTER": "100ms", "OLIVER_ALERTS_MESSAGES_PER_MINUTE": "1000",
                ]
                try await Cluster.with(options) { cluster in
                    let key = try await cluster.makeKey("app", workspace: "acme").key
                    let ids = try await Self.makeBudgets(on: cluster)
                    let blows = try await Self.post(key: key, to: cluster, killing: mail)
                    try await cluster.waitUntilQuiet()
                    let told = try await eventually("all is told", within: .seconds(180), every: .seconds(1)) {
                        let items = try await Self.alerts(on: cluster, key: key)
                        let open = items.count { $0.state != "sent" }
                        guard items.count >= Self.budgets * Self.thresholds.count, open == 0 else {
                            throw UnexpectedAnswer(description: "\(items.count) alerts, \(open) of them not sent")
                        }
                        return items
                    }
                    try Self.check(told, budgets: ids, mails: try mail.mails(), blows: blows)
                    #expect(cluster.isRunning(.alerts))
                }
            }
        }

        @Test(.timeLimit(.minutes(8)))
        func `a crossing is in the mail within seconds of being counted, while events pour in`() async throws {
            try await withMailServer { mail in
                var options = Cluster.Options()
                options.ofService[.alerts] = [
                    "OLIVER_ALERTS_SMTP_URL": mail.url, "OLIVER_ALERTS_SMTP_AUTHORITIES": mail.authorities,
                    "OLIVER_ALERTS_FROM": "Oliver <oliver@example.com>",
                ]
                try await Cluster.with(options) { cluster in
                    let key = try await cluster.makeKey("app", workspace: "acme").key
                    _ = try await Self.makeBudgets(on: cluster)
                    _ = try await Self.post(key: key, to: cluster, killing: nil)
                    _ = try await eventually("all is told", within: .seconds(60), every: .milliseconds(500)) {
                        let items = try await Self.alerts(on: cluster, key: key)
                        let sent = items.count { $0.state == "sent" }
                        return sent == Self.budgets * Self.thresholds.count ? true : nil
                    }
                    let metrics = try await cluster.client(of: .alerts).send(.get("/metrics")).text
                    let delays = Self.buckets(of: "oliver_alert_delay_seconds", in: metrics)
                    let all = try #require(delays["+Inf"])
                    print(
                        "alerts: \(all) delays, at most 0.5, 1, 2.5, 5 s:",
                        ["0.5", "1", "2.5", "5"].map { delays[$0] ?? 0 }
                    )
                    #expect(all == Self.budgets * Self.thresholds.count)
                    // The evaluator, every five minutes, has no part in this: hints have.
                    #expect((delays["10"] ?? 0) * 100 >= all * 99)
                }
            }
        }

        /// A histogram's counts by their upper bounds.
        private static func buckets(of name: String, in metrics: String) -> [String: Int] {
            metrics.split(separator: "\n").reduce(into: [:]) { buckets, line in
                guard line.hasPrefix("\(name)_bucket"), let start = line.firstRange(of: "le=\"")?.upperBound else {
                    return
                }
                let bound = line[start...].prefix { $0 != "\"" }
                buckets[String(bound)] = line.split(separator: " ").last.flatMap { Int($0) }
            }
        }

        /// A budget for each team, whose limit its events reach exactly.
        private static func makeBudgets(on cluster: Cluster) async throws -> [String] {
            struct Made: Decodable { var id: String }
            let admin = try await cluster.makeKey("admin", workspace: "acme", scopes: "admin").key
            let client = cluster.client(of: .budget)
            let perEvent = try #require(Money(usd: "0.00015")).picoDollars
            let limit = MoneySum(picoDollars: Int128(perEvent) * Int128(events / budgets))
            var ids: [String] = []
            for number in 0..<budgets {
                let body = """
                    {"name":"Team \(number)","workspace":"acme","scope":{"type":"team","id":"team-\(number)"},
                    "period":"year","limit_usd":"\(limit.usd)","action":"notify","thresholds":[50,80,100],
                    "recipients":["lead-\(number)@example.com"]}
                    """
                let answer = try await client.send(.post("/v1/budgets", key: admin, Array(body.utf8)))
                ids.append(try answer.expecting(201, Made.self).id)
            }
            return ids
        }

        /// Posts all events from several clients, and meanwhile kills alerts and the mail server in turn.
        private static func post(key: String, to cluster: Cluster, killing mail: MailServer?) async throws -> Int {
            try await withThrowingTaskGroup(of: Int.self) { group in
                for client in 0..<clients {
                    group.addTask {
                        let http = cluster.client(of: .ingest)
                        let mine = Array(stride(from: client, to: events, by: clients))
                        for start in stride(from: 0, to: mine.count, by: 25) {
                            let batch = mine[start..<min(start + 25, mine.count)].map(event)
                            let answer = try await http.send(BodyShape.array.request(batch, key: key))
                            #expect(try answer.expecting(202, RecordAnswer.self).accepted == batch.count)
                        }
                        return 0
                    }
                }
                if let mail { group.addTask { try await strike(cluster, mail) } }
                return try await group.reduce(0, +)
            }
        }

        private static func strike(_ cluster: Cluster, _ mail: MailServer) async throws -> Int {
            var random = Seed.generator(for: "alerts")
            let rounds = Scale.isFull ? 12 : 4
            for _ in 0..<rounds {
                try await Task.sleep(for: .milliseconds(Int.random(in: 100...800, using: &random)))
                try await cluster.kill(.alerts)
                await mail.kill9()
                try await Task.sleep(for: .milliseconds(Int.random(in: 0...300, using: &random)))
                try cluster.start(.alerts)
                try await cluster.waitUntilReady(.alerts)
                try await mail.start()
            }
            return 2 * rounds
        }

        private static func event(_ number: Int) -> [UInt8] {
            Array(
                #"{"event_id":"alert-\#(number)","provider":"openai","model":"gpt-4o-mini","usage":{"input_tokens":1000},"team":"team-\#(number % budgets)"}"#
                    .utf8
            )
        }

        private static func alerts(on cluster: Cluster, key: String) async throws -> [Alerts.Item] {
            let client = cluster.client(of: .alerts)
            var items: [Alerts.Item] = []
            var after = ""
            while true {
                let path = "/v1/alerts?kind=budget_crossing&limit=1000\(after)"
                let page = try await client.send(.get(path, key: key)).expecting(200, Alerts.self)
                items += page.items
                guard let next = page.next else { return items }
                after = "&after=\(next)"
            }
        }

        /// One row for each budget and threshold; each in a mail that its recipient got; what came twice is accounted for.
        private static func check(
            _ alerts: [Alerts.Item],
            budgets ids: [String],
            mails: [ReceivedMail],
            blows: Int
        ) throws {
            let keys = alerts.map { "\($0.budget?.id ?? "") \($0.threshold ?? 0)" }
            let wanted = ids.flatMap { id in thresholds.map { "\(id) \($0)" } }
            #expect(keys.sorted() == wanted.sorted())
            let arrived = Dictionary(grouping: mails, by: \.messageID)
            var uncertain: [String: Int] = [:]
            for alert in alerts {
                let delivery = try #require(alert.deliveries.first)
                let message = try #require(delivery.messageId)
                let number = ids.firstIndex(of: alert.budget?.id ?? "") ?? -1
                #expect(alert.deliveries.count == 1 && delivery.recipient == "lead-\(number)@example.com")
                let mail = arrived["<\(message)@example.com>"] ?? []
                #expect(mail.contains { $0.to == ["lead-\(number)@example.com"] }, "\(message) did not arrive")
                uncertain[message] = delivery.uncertainAttempts
            }
            let twice = arrived.values.map { $0.count - 1 }.reduce(0, +)
            let unsure = uncertain.values.reduce(0, +)
            print(
                "alerts: \(alerts.count) rows, \(arrived.count) mails, \(twice) twice of \(unsure) unsure, \(blows) kills"
            )
            #expect(arrived.count == uncertain.count)
            for (message, count) in uncertain {
                #expect((arrived["<\(message)@example.com>"]?.count ?? 0) <= 1 + count)
            }
            #expect(mails.allSatisfy { $0.defects.isEmpty && $0.tls && $0.user == "oliver" })
        }
    }
}
