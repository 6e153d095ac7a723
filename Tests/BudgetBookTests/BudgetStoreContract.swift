import BudgetBook
import Domain
import Testing

/// What every store of budgets must do.
///
/// Run by the suites of both implementations.
struct BudgetStoreContract {
    let store: any BudgetStore
    let now = Timestamp(seconds: 1_795_428_000)

    func expect(_ code: BudgetError.Code, _ body: () async throws -> Void) async {
        do {
            try await body()
            Issue.record("did not fail")
        } catch let error as BudgetError {
            #expect(error.code == code)
        } catch {
            Issue.record("\(error)")
        }
    }

    func new(_ workspace: String = "acme", team: String = "growth", limit: String = "100") throws -> NewBudget {
        NewBudget(
            workspace: workspace,
            scope: Scope(type: .team, id: team),
            period: .month,
            name: "Growth “monthly”",
            limit: try #require(MoneySum(usd: limit)),
            action: .block,
            recipients: ["lead@example.com"],
            author: "ann"
        )
    }

    func update(_ budget: Budget, _ edit: BudgetEdit, expecting version: Int64? = nil) async throws -> Budget {
        try await store.update(budget.id, edit, expecting: version, by: "bob", at: now.adding(.seconds(60)))
    }

    func keepsWhatWasMade() async throws {
        let wanted = try new(limit: "999999999.123456789012")
        let made = try await store.create(wanted, at: now)
        #expect(made.limit.usd == "999999999.123456789012" && made.thresholds == [50, 80, 100])
        #expect(made.version == 1 && made.limitVersion == 1 && made.createdAt == now && made.createdBy == "ann")
        #expect(try await store.budget(made.id) == made)
        #expect(try await store.budget("other") == nil)
        await expect(.conflict) { _ = try await store.create(wanted, at: now) }
        #expect(try await store.version() == 1)
    }

    func changesWithVersions() async throws {
        let made = try await store.create(try new(), at: now)
        let other = try await store.create(try new(team: "ops"), at: now)
        let renamed = try await update(made, BudgetEdit(name: "Growth", action: .notify, recipients: []))
        #expect(renamed.name == "Growth" && renamed.action == .notify && renamed.recipients.isEmpty)
        #expect(renamed.limitVersion == 1 && renamed.version == 3 && renamed.updatedAt > made.updatedAt)
        let higher = try await update(made, BudgetEdit(limit: MoneySum(usd: "200")), expecting: 3)
        #expect(higher.limitVersion == 2 && higher.version == 4)
        let warned = try await update(made, BudgetEdit(thresholds: [90]))
        #expect(warned.limitVersion == 3)
        #expect(try await update(made, BudgetEdit(name: "Growth", limit: MoneySum(usd: "200"))) == warned)
        #expect(try await store.version() == 5)
        await expect(.outdated) { _ = try await update(made, BudgetEdit(name: "x"), expecting: 3) }
        await expect(.notFound) {
            _ = try await store.update("none", BudgetEdit(), expecting: nil, by: "bob", at: now)
        }
        await expect(.invalid) { _ = try await update(made, BudgetEdit(limit: .zero)) }
        #expect(try await store.budget(made.id) == warned)
        #expect(try await store.budget(other.id) == other)
    }

    func raisesForATime() async throws {
        let made = try await store.create(try new(), at: now)
        let limit = try #require(MoneySum(usd: "150"))
        let raise = BudgetRaise(limit: limit, from: now, until: now.adding(.seconds(3_600)))
        let raised = try await update(made, BudgetEdit(raise: .set(raise)))
        #expect(raised.raise == raise && raised.limitVersion == 2 && raised.limit == made.limit)
        #expect(try await store.budget(made.id) == raised)
        let ended = try await update(made, BudgetEdit(raise: .end))
        #expect(ended.raise == nil && ended.limitVersion == 3)
        #expect(try await update(made, BudgetEdit(raise: .end)) == ended)
        for bad in [
            BudgetRaise(limit: made.limit, from: now, until: now.adding(.seconds(3_600))),
            BudgetRaise(limit: limit, from: now, until: now),
            BudgetRaise(limit: limit, from: now, until: now.adding(.seconds(367 * 86_400))),
        ] {
            await expect(.invalid) { _ = try await update(made, BudgetEdit(raise: .set(bad))) }
        }
    }

    func endsForEver() async throws {
        let made = try await store.create(try new(), at: now)
        await expect(.outdated) { _ = try await store.archive(made.id, expecting: 7, by: "bob", at: now) }
        let later = now.adding(.seconds(60))
        let ended = try await store.archive(made.id, expecting: 1, by: "bob", at: later)
        #expect(ended.archivedAt == later && ended.version == 2)
        #expect(try await store.archive(made.id, expecting: 1, by: "eve", at: later.adding(.seconds(1))) == ended)
        #expect(try await store.budget(made.id) == ended)
        await expect(.notFound) { _ = try await update(made, BudgetEdit(name: "x")) }
        await expect(.notFound) { _ = try await store.archive("none", expecting: nil, by: "bob", at: now) }
    }

    func tellsTheHistory() async throws {
        let made = try await store.create(try new(), at: now)
        _ = try await update(made, BudgetEdit(limit: MoneySum(usd: "200"), thresholds: [10, 20]))
        _ = try await update(made, BudgetEdit(name: "no change of the limit"))
        let limit = try #require(MoneySum(usd: "300"))
        let raise = BudgetRaise(limit: limit, from: now, until: now.adding(.seconds(3_600)))
        _ = try await update(made, BudgetEdit(raise: .set(raise)))
        _ = try await update(made, BudgetEdit(raise: .end))
        _ = try await store.archive(made.id, expecting: nil, by: "eve", at: now)
        let history = try await store.history(of: made.id, before: nil, limit: 10)
        #expect(history.map(\.kind) == [.archived, .raiseEnded, .raised, .limit, .created])
        #expect(history.map(\.by) == ["eve", "bob", "bob", "bob", "ann"])
        #expect(history.map(\.limitVersion) == [4, 4, 3, 2, 1])
        #expect(history[2].raise == raise && history[3].thresholds == [10, 20] && history[4].limit == made.limit)
        let page = try await store.history(of: made.id, before: history[1].version, limit: 2)
        #expect(page == Array(history[2...3]))
        #expect(try await store.history(of: "none", before: nil, limit: 10).isEmpty)
    }

    func tellsWhatChanged() async throws {
        #expect(try await store.changes(after: nil).budgets.isEmpty)
        let first = try await store.create(try new(), at: now)
        let second = try await store.create(try new("b"), at: now)
        let ended = try await store.archive(first.id, expecting: nil, by: "bob", at: now)
        let all = try await store.changes(after: nil)
        #expect(all.version == 3 && all.budgets == [second])
        #expect(try await store.changes(after: 0).budgets == [second, ended])
        #expect(try await store.changes(after: 2).budgets == [ended])
        #expect(try await store.changes(after: 3).budgets.isEmpty)
    }

    func refusesTooMany() async throws {
        for index in 0..<BudgetRules.budgetsPerWorkspace {
            _ = try await store.create(try new(team: "t\(index)"), at: now)
        }
        await expect(.conflict) { _ = try await store.create(try new(), at: now) }
        _ = try await store.create(try new("b"), at: now)
    }

    func givesEachChangeItsVersion() async throws {
        let made = try await store.create(try new(), at: now)
        try await withThrowingTaskGroup(of: Int64.self) { group in
            for index in 1...40 {
                group.addTask {
                    let limit = MoneySum(picoDollars: Int128(index) * 1_000)
                    return try await update(made, BudgetEdit(limit: limit)).version
                }
            }
            let versions = try await group.reduce(into: [Int64]()) { $0.append($1) }
            #expect(versions.sorted() == Array(2...41))
        }
        #expect(try await store.budget(made.id)?.limitVersion == 41)
        #expect(try await store.history(of: made.id, before: nil, limit: 100).count == 41)
    }
}
