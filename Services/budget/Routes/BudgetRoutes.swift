package import Access
package import BudgetBook
internal import Domain
internal import HTTPTypes
package import Hummingbird
package import ServiceRuntime

/// `/v1/budgets`: limits on spend, with where they stand.
package struct BudgetRoutes: Sendable {
    private let authenticator: Authenticator
    private let store: any BudgetStore
    private let cache: BudgetCache
    private let desk: BudgetDesk
    private let reader: BudgetReader
    private let hasWorkspace: @Sendable (String) async -> Bool
    private let clock: any WallClock

    private static let path = "/v1/budgets"
    /// Changes of a limit that are shown with a budget.
    private static let historyLimit = 50

    /// Makes the routes; `hasWorkspace` tells whether there is a workspace with an id.
    package init(
        authenticator: Authenticator,
        store: any BudgetStore,
        cache: BudgetCache,
        desk: BudgetDesk,
        reader: BudgetReader,
        hasWorkspace: @escaping @Sendable (String) async -> Bool,
        clock: any WallClock
    ) {
        self.authenticator = authenticator
        self.store = store
        self.cache = cache
        self.desk = desk
        self.reader = reader
        self.hasWorkspace = hasWorkspace
        self.clock = clock
    }

    /// Adds the routes.
    package func add(to router: Router<OliverRequestContext>) {
        router.get(RouterPath(Self.path)) { request, _ in try await list(request) }
        router.post(RouterPath(Self.path), use: create)
        let one = RouterPath(Self.path + "/:id")
        router.get(one) { request, context in
            try await get(request, context.parameters.get("id"))
        }
        router.patch(one) { request, context in
            try await edit(request, context) { try BudgetEdit($0) }
        }
        router.delete(one, use: archive)
        let raise = RouterPath(Self.path + "/:id/raise")
        router.put(raise) { request, context in
            try await edit(request, context) { body in
                BudgetEdit(raise: .set(try BudgetRaise(body, now: clock.now)))
            }
        }
        router.delete(raise, use: endRaise)
    }

    private func list(_ request: Request) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .read, limitedToTeams: true)
        let query = try ListRequest(request, filters: ["workspace", "scope", "period", "action"])
        let scope = try query.choice("scope", of: ScopeType.self)
        let period = try query.choice("period", of: PeriodKind.self)
        let action = try query.choice("action", of: BudgetAction.self)
        let start = try query.place()
        let workspaces = try caller.shown(query["workspace"])
        // What this or another replica has just written is to be seen.
        try await cache.load()
        let found = cache.current.budgets.values.filter { budget in
            budget.isVisible(to: caller)
                && (workspaces?.contains(budget.workspace) ?? true)
                && (scope.map { $0 == budget.scope.type } ?? true)
                && (period.map { $0 == budget.period } ?? true)
                && (action.map { $0 == budget.action } ?? true)
        }
        let sorted = found.map { (cursor: AgeCursor(createdAt: $0.createdAt, id: $0.id), budget: $0) }
            .filter { item in start.map { $0 < item.cursor } ?? true }
            .sorted { $0.cursor < $1.cursor }
        let page = sorted.prefix(query.limit)
        let now = clock.now
        let figures = await reader.figures(of: page.map(\.budget), at: now)
        var writer = JSONWriter(reserving: 768 * page.count + 64)
        let next = sorted.count > page.count ? page.last?.cursor.text : nil
        writer.page(zip(page, figures), next: next) { $0.write($1.0.budget, $1.1, at: now) }
        return .json(writer)
    }

    private func get(_ request: Request, _ id: String?) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .read, limitedToTeams: true)
        let budget = try await find(id, for: caller)
        let value = try request.query("value").map { text throws(Problem) in try budget.scope(ofValue: text) }
        return try await answer(with: budget, value: value)
    }

    private func create(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .budgets)
        let wanted = NewBudgetRequest(try await request.json())
        let workspace = try caller.named(wanted.workspace)
        let new = try wanted.budget(in: workspace, author: caller.author(in: context))
        guard await hasWorkspace(new.workspace) else {
            throw Problem.invalid("workspace", code: "unknown_value", detail: "there is no such workspace")
        }
        let budget = try await desk.create(new)
        return try await answer(
            with: budget,
            status: .created,
            headers: [.location: "\(Self.path)/\(budget.id)"]
        )
    }

    private func edit(
        _ request: Request,
        _ context: OliverRequestContext,
        _ read: (JSONValue) throws -> BudgetEdit
    ) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .budgets)
        let budget = try await find(context.parameters.get("id"), for: caller)
        let expected = try request.expectedVersion()
        let edit = try read(try await request.json())
        let changed = try await desk.update(budget.id, edit, expecting: expected, by: caller.author(in: context))
        return try await answer(with: changed)
    }

    private func endRaise(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .budgets)
        let budget = try await find(context.parameters.get("id"), for: caller)
        let changed = try await desk.update(
            budget.id,
            BudgetEdit(raise: .end),
            expecting: try request.expectedVersion(),
            by: caller.author(in: context)
        )
        return try await answer(with: changed)
    }

    private func archive(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .budgets)
        let budget = try await find(context.parameters.get("id"), for: caller)
        let expected = try request.expectedVersion()
        return try await answer(
            with: try await desk.archive(budget.id, expecting: expected, by: caller.author(in: context))
        )
    }

    /// The budget with an id, also an archived one: links to it stay good.
    private func find(_ id: String?, for caller: Caller) async throws -> Budget {
        guard let id, let budget = try await store.budget(id), budget.isVisible(to: caller) else {
            throw Problem.notFound("There is no such budget.")
        }
        return budget
    }

    private func answer(
        with budget: Budget,
        value: Scope? = nil,
        status: HTTPResponse.Status = .ok,
        headers: HTTPFields = [:]
    ) async throws -> Response {
        let now = clock.now
        let history = try await store.history(of: budget.id, before: nil, limit: Self.historyLimit)
        let figures = await reader.figures(of: [budget], value: value, at: now)
        var writer = JSONWriter(reserving: 2_048)
        if let figures = figures.first { writer.write(budget, figures, history: history, at: now) }
        var headers = headers
        headers[.eTag] = "\"\(budget.version)\""
        return .json(writer, status: status, headers: headers)
    }
}
