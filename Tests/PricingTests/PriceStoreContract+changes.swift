import Domain
import PriceBook
import Testing

import PriceDesk
@testable import Pricing

/// Changes that people decide about, notices, and writers that meet.
extension PriceStoreContract {
    func proposal(_ key: String, _ rate: String?, old: String?) throws -> SyncPlan.Proposal {
        SyncPlan.Proposal(
            key: key,
            findings: [GuardFinding(key: key, kind: .tenfold, rate: "input_cost_per_token", detail: "jumped.")],
            old: try old.map { try entries([key: $0])[0] },
            new: try rate.map { try entries([key: $0])[0] }
        )
    }

    /// Asks about a jump, a model that vanished and a new one; returns the questions, the newest first.
    private func ask() async throws -> [PriceChange] {
        var plan = SyncPlan(isBaseline: true)
        plan.opened = try entries(["a": "1e-6", "b": "2e-6", "c": "3e-6"])
        try await apply(plan)
        var questions = SyncPlan()
        questions.proposals = [
            try proposal("a", "1e-4", old: "1e-6"), try proposal("b", nil, old: "2e-6"),
            try proposal("new", "5e-1", old: nil),
        ]
        try await apply(questions)
        return try await store.priceChanges(.pending, before: nil, limit: 10)
    }

    func decidesChanges() async throws {
        let pending = try await ask()
        #expect(pending.map(\.key) == ["new", "b", "a"])
        #expect(try await store.pendingChangeCount() == 3)
        #expect(pending[2].guards == ["tenfold"] && pending[2].detail == "jumped.")
        #expect(try await store.verdicts().pending.keys.sorted() == ["a", "b", "new"])
        #expect(try await store.verdicts().pending["b"] == 0)
        let later = now.adding(.seconds(300))
        let approve = PriceDecision(changeID: pending[2].id, isApproved: true, by: "ann", note: "announced")
        let version = try await store.version()
        let approved = try await store.decide(approve, at: later)
        #expect(approved.state == .approved && approved.decidedBy == "ann" && approved.decidedAt == later)
        #expect(try await store.version() > version)
        let a = try await versions(of: "a")
        #expect(a.map(\.entry.validTo) == [later, nil])
        #expect(a[1].entry.flatRates[0].rate.text == "0.0001" && a[1].author == "ann")
        // The same decision again changes nothing; another one is too late.
        #expect(try await store.decide(approve, at: later.adding(.seconds(9))) == approved)
        #expect(try await versions(of: "a").count == 2)
        await expect(.conflict) {
            _ = try await store.decide(PriceDecision(changeID: approved.id, isApproved: false, by: "eve"), at: later)
        }
        _ = try await store.decide(PriceDecision(changeID: pending[1].id, isApproved: true, by: "ann"), at: later)
        #expect(try await versions(of: "b").map(\.entry.validTo) == [later])
        let reject = PriceDecision(changeID: pending[0].id, isApproved: false, by: "bob")
        #expect(try await store.decide(reject, at: later).state == .rejected)
        #expect(try await versions(of: "new").isEmpty)
        #expect(try await store.verdicts().pending.isEmpty)
        #expect(try await store.verdicts().rejected["new"] == [pending[0].newVersion])
        await expect(.notFound) {
            _ = try await store.decide(PriceDecision(changeID: 999, isApproved: true, by: "x"), at: later)
        }
    }

    func supersedesChanges() async throws {
        var plan = SyncPlan(isBaseline: true)
        plan.opened = try entries(["a": "1e-6", "b": "2e-6"])
        try await apply(plan)
        var questions = SyncPlan()
        questions.proposals = [try proposal("a", "1e-4", old: "1e-6"), try proposal("b", "1e-4", old: "2e-6")]
        try await apply(questions)
        var again = SyncPlan()
        again.proposals = [try proposal("a", "2e-4", old: "1e-6")]
        again.superseded = ["b"]
        try await apply(again)
        let all = try await store.priceChanges(nil, before: nil, limit: 10)
        #expect(all.map(\.key) == ["a", "b", "a"])
        #expect(all.map(\.state) == [.pending, .superseded, .superseded])
        await expect(.conflict) {
            _ = try await store.decide(PriceDecision(changeID: all[1].id, isApproved: true, by: "ann"), at: now)
        }
        #expect(try await store.priceChanges(nil, before: all[0].id, limit: 1).map(\.key) == ["b"])
    }

    func tellsOnce() async throws {
        var plan = SyncPlan(isBaseline: true)
        plan.opened = try entries(["a": "1e-6"])
        let record = try await apply(plan)
        #expect(try await store.dueNotices(limit: 10) == [record])
        #expect(try await store.claimNotice(of: record.id))
        #expect(try await !store.claimNotice(of: record.id))
        #expect(try await store.dueNotices(limit: 10).isEmpty)
        try await store.returnNotice(of: record.id)
        #expect(try await store.claimNotice(of: record.id))
        #expect(try await store.claimStaleNotice(at: now))
        #expect(try await !store.claimStaleNotice(at: now))
        let good = try await begin(at: now)
        _ = try await store.finish(good.id, SyncResult(.unchanged), at: now)
        #expect(try await store.claimStaleNotice(at: now))
        try await store.returnStaleNotice()
        #expect(try await store.claimStaleNotice(at: now))
    }

    func takesTurnsAtAnyConcurrency() async throws {
        let before = try await store.version()
        let made = await withTaskGroup(of: Bool.self) { group in
            for index in 0..<20 {
                group.addTask {
                    do {
                        // Half of them want the same model at the same time.
                        let model = index % 2 == 0 ? "same" : "model-\(index)"
                        _ = try await store.create(try override(model), at: now)
                        return true
                    } catch {
                        return false
                    }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(made == 11)
        #expect(try await store.changes(after: before).prices.count == 11)
    }
}
