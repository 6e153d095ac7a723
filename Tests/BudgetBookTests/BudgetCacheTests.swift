import BudgetBook
import Domain
import ServiceRuntime
import Synchronization
import TestSupport
import Testing

@Suite struct `A copy of the budgets` {
    private let store = InMemoryBudgetStore()
    private let now = Timestamp(seconds: 1_795_428_000)

    private func make(_ workspace: String, _ name: String) async throws -> Budget {
        let new = NewBudget(
            workspace: workspace,
            scope: Scope(type: .workspace, id: workspace),
            period: .month,
            name: name,
            limit: MoneySum(picoDollars: 1),
            action: .notify,
            author: "ann"
        )
        return try await store.create(new, at: now)
    }

    @Test func `shows what holds, by workspace, after each load`() async throws {
        let cache = BudgetCache(store: store, logger: .quiet)
        #expect(await cache.readiness.check() != .ready)
        let first = try await make("acme", "a")
        let second = try await make("b", "b")
        try await cache.load()
        #expect(await cache.readiness.check() == .ready)
        #expect(cache.current.version == 2)
        #expect(cache.current.byWorkspace == ["acme": [first], "b": [second]])
        let changed = try await store.update(second.id, BudgetEdit(name: "c"), expecting: nil, by: "x", at: now)
        _ = try await store.archive(first.id, expecting: nil, by: "x", at: now)
        try await cache.load()
        #expect(cache.current.version == 4 && cache.current.budgets == [second.id: changed])
        #expect(cache.current.byWorkspace == ["b": [changed]])
    }

    @Test func `is loaded anew from a database that is another`() async throws {
        let replaced = Switched(store)
        let cache = BudgetCache(store: replaced, logger: .quiet)
        _ = try await make("acme", "a")
        _ = try await make("acme", "b")
        try await cache.load()
        replaced.isEmpty = true
        try await cache.load()
        #expect(cache.current.version == 0 && cache.current.budgets.isEmpty)
    }
}

/// A store that is exchanged for an empty one at once.
private final class Switched: BudgetStore {
    private let full: InMemoryBudgetStore
    private let empty = InMemoryBudgetStore()
    private let flag = Mutex(false)

    init(_ full: InMemoryBudgetStore) {
        self.full = full
    }

    var isEmpty: Bool {
        get { flag.withLock { $0 } }
        set { flag.withLock { $0 = newValue } }
    }

    private var store: InMemoryBudgetStore { isEmpty ? empty : full }

    func version() async throws -> Int64 { try await store.version() }

    func changes(after version: Int64?) async throws -> BudgetChanges { try await store.changes(after: version) }

    func budget(_ id: String) async throws -> Budget? { try await store.budget(id) }

    func create(_ new: NewBudget, at time: Timestamp) async throws -> Budget { try await store.create(new, at: time) }

    func update(
        _ id: String,
        _ edit: BudgetEdit,
        expecting version: Int64?,
        by author: Author,
        at time: Timestamp
    ) async throws -> Budget {
        try await store.update(id, edit, expecting: version, by: author, at: time)
    }

    func archive(_ id: String, expecting version: Int64?, by author: Author, at time: Timestamp) async throws -> Budget
    {
        try await store.archive(id, expecting: version, by: author, at: time)
    }

    func history(of id: String, before version: Int64?, limit: Int) async throws -> [BudgetLimitChange] {
        try await store.history(of: id, before: version, limit: limit)
    }
}
