@testable import Alerts
import Domain
import Testing

/// What every store of alerts does.
struct AlertStoreContract {
    let store: any AlertStore
    let start = ManualWallClock.start
    let everything = Set(ChannelKind.allCases)
    let rules = DeliveryRules()

    private func claim(at time: Timestamp, _ rules: DeliveryRules? = nil) async throws -> ClaimedMessage? {
        while true {
            switch try await store.claim(rules ?? self.rules, at: time) {
            case .message(let message): return message
            case .nothingYet: continue
            case .idle: return nil
            }
        }
    }

    private func settle(_ message: ClaimedMessage, _ result: DeliveryResult, at time: Timestamp) async throws
        -> Settlement
    {
        try await store.settle(message, result, rules: rules, random: 0, at: time)
    }

    private func states() async throws -> [AlertState] {
        try await store.alerts(AlertFilter(), before: nil, limit: 100).map(\.state)
    }

    func tellsOnce() async throws {
        let first = try await store.add([.crossing(50), .crossing(80)], reachable: everything, at: start)
        #expect(first.count == 2)
        let again = try await store.add(
            [.crossing(50), .crossing(80), .crossing(100)],
            reachable: everything,
            at: start
        )
        #expect(again.compactMap { $0.crossing?.key.threshold } == [100])
        // Another limit version, period, budget and value are other crossings.
        let others: [NewAlert] = [
            .crossing(50, version: 2), .crossing(50, period: "month:2026-12-01"), .crossing(50, of: "b2"),
        ]
        #expect(try await store.add(others, reachable: everything, at: start).count == 3)
        #expect(try await store.add([.notice("n1"), .notice("n1")], reachable: everything, at: start).count == 1)
        #expect(try await store.add([.notice("n1")], reachable: everything, at: start).isEmpty)
        #expect(try await store.known(notices: ["n1", "n2"]) == ["n1"])
        #expect(try await store.backlog() == AlertBacklog(pendingDeliveries: 7, failedDeliveries: 0))
    }

    func keepsWhatWasFound() async throws {
        let wanted: [NewAlert] = [.crossing(80), .notice("n1")]
        let added = try await store.add(wanted, reachable: everything, at: start)
        let listed = try await store.alerts(AlertFilter(), before: nil, limit: 10)
        #expect(Set(listed) == Set(added))
        #expect(Set(listed.map(\.subject)) == Set(wanted.map(\.subject)))
        #expect(try await store.alerts(AlertFilter(workspaces: ["acme", "other"]), before: nil, limit: 10).count == 1)
        #expect(try await store.alerts(AlertFilter(budget: "b1"), before: nil, limit: 10).count == 1)
        #expect(try await store.alerts(AlertFilter(kind: .priceSync), before: nil, limit: 10).count == 1)
        #expect(try await store.alerts(AlertFilter(state: .sent), before: nil, limit: 10).isEmpty)
        #expect(try await store.alerts(AlertFilter(), before: listed[0].id, limit: 10) == [listed[1]])
        #expect(try await store.alerts(AlertFilter(), before: nil, limit: 1) == [listed[0]])
    }

    func putsWhatBelongsTogetherIntoOneMessage() async throws {
        _ = try await store.add(
            [
                .crossing(50, to: ["a@example.com", "b@example.com"]),
                .crossing(80, to: ["a@example.com", "b@example.com"]),
            ],
            reachable: everything,
            at: start
        )
        var messages: [ClaimedMessage] = []
        while let message = try await claim(at: start) { messages.append(message) }
        #expect(messages.map(\.destination.address).sorted() == ["a@example.com", "b@example.com"])
        #expect(messages.allSatisfy { $0.alerts.count == 2 && $0.attempts == 1 && $0.uncertainAttempts == 0 })
        #expect(Set(messages.map(\.id)).count == 2)
        // One delivered of two: the alerts still wait for the other.
        #expect(try await settle(messages[0], .sent(answer: "250 ok"), at: start) == .sent)
        #expect(try await states() == [.pending, .pending])
        #expect(try await settle(messages[1], .sent(answer: "250 ok"), at: start) == .sent)
        #expect(try await states() == [.sent, .sent])
        #expect(try await claim(at: start.adding(.seconds(3_600))) == nil)
        let receipts = try await store.receipts(of: messages[0].alerts.map(\.id))
        #expect(
            receipts.values.joined().allSatisfy { $0.state == .sent && $0.detail == "250 ok" && $0.settledAt == start }
        )
    }

    func triesTheSameMessageAgain() async throws {
        _ = try await store.add([.crossing(50)], reachable: everything, at: start)
        let first = try #require(try await claim(at: start))
        let failure = DeliveryResult.failed(message: "451 later", isRetriable: true, isUncertain: false)
        guard case .retrying(let next) = try await settle(first, failure, at: start) else {
            Issue.record("not to be tried again")
            return
        }
        #expect(next == start.adding(.seconds(1)))
        // What comes meanwhile neither hurries the destination nor changes the message.
        _ = try await store.add([.crossing(80)], reachable: everything, at: start)
        #expect(try await claim(at: start) == nil)
        let second = try #require(try await claim(at: next))
        #expect(second.id == first.id && second.alerts.map(\.id) == first.alerts.map(\.id) && second.attempts == 2)
        #expect(second.uncertainAttempts == 0)
        #expect(try await settle(second, .sent(answer: "250"), at: next) == .sent)
        let third = try #require(try await claim(at: next))
        #expect(third.id != first.id && third.alerts.compactMap { $0.crossing?.key.threshold } == [80])
    }

    func takesOverFromTheDead() async throws {
        _ = try await store.add([.crossing(50)], reachable: everything, at: start)
        let lost = try #require(try await claim(at: start))
        #expect(try await claim(at: start.adding(.seconds(59))) == nil)
        let later = start.adding(rules.lease)
        let taken = try #require(try await claim(at: later))
        #expect(taken.id == lost.id && taken.attempts == 2 && taken.uncertainAttempts == 1)
        // The one that was thought dead fails late: that says nothing any more.
        let failure = DeliveryResult.failed(message: "x", isRetriable: true, isUncertain: false)
        #expect(try await settle(lost, failure, at: later) == .superseded)
        #expect(try await settle(taken, .sent(answer: "250"), at: later) == .sent)
        // And when it succeeds late, the mail came twice.
        #expect(try await settle(lost, .sent(answer: "250"), at: later) == .superseded)
        #expect(try await states() == [.sent])
    }

    func givesUp() async throws {
        _ = try await store.add(
            [.crossing(50, to: ["a@example.com", "bad@example.com"])],
            reachable: everything,
            at: start
        )
        while let message = try await claim(at: start) {
            let isBad = message.destination.address.hasPrefix("bad")
            let refusal = DeliveryResult.failed(message: "550 no", isRetriable: false, isUncertain: false)
            let settlement = try await settle(message, isBad ? refusal : .sent(answer: "250"), at: start)
            #expect(settlement == (isBad ? .givenUp : .sent))
        }
        #expect(try await states() == [.failed])
        #expect(try await store.backlog() == AlertBacklog(pendingDeliveries: 0, failedDeliveries: 1))
        // One that is busy is given up after a day.
        _ = try await store.add([.crossing(80, to: ["busy@example.com"])], reachable: everything, at: start)
        var time = start
        let failure = DeliveryResult.failed(message: "451", isRetriable: true, isUncertain: true)
        var tries = 0
        while let message = try await claim(at: time) {
            tries += 1
            if case .retrying(let next) = try await settle(message, failure, at: time) { time = next }
        }
        #expect(time > start.adding(.seconds(85_000)) && time <= start.adding(rules.giveUpAfter) && tries > 50)
        #expect(try await states() == [.failed, .failed])
    }

    func makesDigestsOfFloods() async throws {
        var sizes: [Int] = []
        var time = start
        for number in 0..<20 {
            _ = try await store.add([.crossing(50, of: "b\(number)")], reachable: everything, at: time)
            if let message = try await claim(at: time) {
                sizes.append(message.alerts.count)
                #expect(try await settle(message, .sent(answer: "250"), at: time) == .sent)
            }
            time = time.adding(.seconds(1))
        }
        #expect(sizes == [1, 1, 1])
        let digest = try #require(try await claim(at: start.adding(rules.window)))
        #expect(digest.alerts.count == 17)
    }

    func leavesWhatCannotBeDelivered() async throws {
        let hook = Destination(kind: .webhook, address: "chn_1")
        let added = try await store.add(
            [.crossing(50), .notice("n1", to: [.email("a@example.com"), hook]), .notice("n2", to: [])],
            reachable: [.webhook, .slack],
            at: start
        )
        #expect(added.count == 3)
        let message = try #require(try await claim(at: start))
        #expect(message.destination == hook)
        #expect(try await settle(message, .sent(answer: "HTTP 200"), at: start) == .sent)
        #expect(try await claim(at: start.adding(.seconds(90_000))) == nil)
        let states = try await store.alerts(AlertFilter(), before: nil, limit: 10).map { ($0.subject.name, $0.state) }
        #expect(
            Dictionary(uniqueKeysWithValues: states).filter { $0.key.hasPrefix("n") } == [
                "n n1": .sent, "n n2": .undeliverable,
            ]
        )
        #expect(states.first { $0.0.hasPrefix("c") }?.1 == .undeliverable)
    }

    func claimsAtAnyConcurrency() async throws {
        for number in 0..<30 {
            let to = ["r\(number % 10)@example.com"]
            _ = try await store.add([.crossing(50, of: "b\(number)", to: to)], reachable: everything, at: start)
        }
        let claimed = try await withThrowingTaskGroup(of: [ClaimedMessage].self) { group in
            for _ in 0..<4 {
                group.addTask {
                    var mine: [ClaimedMessage] = []
                    while let message = try await claim(at: start) { mine.append(message) }
                    return mine
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(claimed.map(\.target)).count == claimed.count)
        #expect(claimed.flatMap(\.alerts).count == 30)
        // The same found by many at once is one.
        let added = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    let same: [NewAlert] = [.crossing(100, of: "x"), .crossing(50, of: "x"), .crossing(80, of: "x")]
                    return try await store.add(same.shuffled(), reachable: everything, at: start).count
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(added == 3)
    }

    func keepsChannels() async throws {
        var channel = Channel(
            id: "chn_1",
            workspace: "acme",
            name: "Ops \"🚨\"",
            kind: .webhook,
            target: "https://example.com/hook",
            events: [.budgetCrossing],
            createdAt: start,
            createdBy: "key_1"
        )
        try await store.create(channel, by: "test")
        #expect(try await store.channels() == [channel])
        channel.name = "Operations"
        channel.version += 1
        try await store.update(channel, by: "test")
        #expect(try await store.channels() == [channel])
        await #expect(throws: AlertError.self) { try await store.update(channel, by: "test") }
        _ = try await store.add([.notice("n1", to: [channel.destination])], reachable: everything, at: start)
        _ = try await store.add([.notice("n2", to: [channel.destination])], reachable: everything, at: start)
        let claimed = try #require(try await claim(at: start))
        try await store.removeChannel("chn_1", by: "test", at: start)
        #expect(try await store.channels().isEmpty)
        let failure = DeliveryResult.failed(message: "x", isRetriable: true, isUncertain: false)
        #expect(try await settle(claimed, failure, at: start) == .superseded)
        #expect(try await states() == [.failed, .failed])
        #expect(try await claim(at: start.adding(.seconds(90_000))) == nil)
        await #expect(throws: AlertError.self) { try await store.removeChannel("chn_1", by: "test", at: start) }
        #expect(try await store.installationKey(orElse: [1, 2]) == [1, 2])
        #expect(try await store.installationKey(orElse: [3]) == [1, 2])
    }
}
