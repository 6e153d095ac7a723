package import Access
package import Directory
internal import Domain
internal import HTTPTypes
package import Hummingbird
package import ServiceRuntime

/// `/v1/workspaces`: the tenants, with their calendars and what happens when budgets cannot be checked.
package struct WorkspaceRoutes: Sendable {
    private let authenticator: Authenticator
    private let store: any DirectoryStore
    private let refresh: @Sendable () async -> Void
    private let clock: any WallClock

    private static let path = "/v1/workspaces"

    /// Makes the routes; `refresh` brings this replica's own copy up to date after a change.
    package init(
        authenticator: Authenticator,
        store: any DirectoryStore,
        refresh: @escaping @Sendable () async -> Void,
        clock: any WallClock
    ) {
        self.authenticator = authenticator
        self.store = store
        self.refresh = refresh
        self.clock = clock
    }

    /// Adds the routes.
    package func add(to router: Router<OliverRequestContext>) {
        router.get(RouterPath(Self.path)) { request, _ in try await list(request) }
        router.post(RouterPath(Self.path), use: create)
        let one = RouterPath(Self.path + "/:id")
        router.get(one, use: get)
        router.patch(one, use: edit)
        router.post(RouterPath(Self.path + "/:id/archive")) { request, context in
            let now = clock.now
            return try await set(request, context, "workspace.archive") { $0.archivedAt = $0.archivedAt ?? now }
        }
        router.post(RouterPath(Self.path + "/:id/restore")) { request, context in
            try await set(request, context, "workspace.restore") { $0.archivedAt = nil }
        }
    }

    private func list(_ request: Request) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .read, limitedToTeams: true)
        let query = try ListRequest(request, filters: ["q", "archived", "hidden"])
        let isHidden = try query.choice("hidden", of: Flag.self) == .yes
        // They are Oliver's own: only who keeps it running has to do with them.
        if isHidden { _ = try await authenticator.operating(request) }
        let isArchived = try query.choice("archived", of: Flag.self)
        let search = query["q"]?.lowercased()
        // All are in the memory of every replica: their number is bounded by what a firm has of departments.
        let found = try await store.workspaces().filter { workspace in
            caller.reaches(workspace.id) && workspace.isHidden == isHidden
                && (query.after.map { workspace.id > $0 } ?? true)
                && (isArchived.map { ($0 == .yes) == (workspace.archivedAt != nil) } ?? true)
                && (search.map { workspace.id.lowercased().contains($0) || workspace.name.lowercased().contains($0) }
                    ?? true)
        }.sorted { $0.id < $1.id }
        return query.answer(found, cursor: \.id) { $0.value($1.document) }
    }

    private func get(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .read, limitedToTeams: true)
        let id = try context.id()
        guard caller.reaches(id), let workspace = try await store.workspace(id) else {
            throw Problem.notFound("There is no such workspace.")
        }
        return .object(workspace.document, version: workspace.version)
    }

    private func create(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .workspaces)
        try caller.requireEverywhere()
        let body = try WorkspaceBody(try await request.json(), isNew: true)
        var workspace = Workspace(id: body.id, createdAt: clock.now)
        body.edit.apply(to: &workspace)
        let made = try await store.create(workspace, by: caller.author(in: context))
        await refresh()
        return .object(made.document, version: made.version, created: "\(Self.path)/\(made.id)")
    }

    private func edit(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        let caller = try await caller(of: request, context)
        let expected = try request.requiredVersion()
        let edit = try WorkspaceBody(try await request.json(), isNew: false).edit
        // It changes what others see of the whole installation.
        if edit.isHidden != nil { try caller.requireEverywhere() }
        return try await change(context, "workspace.update", caller, expecting: expected) { edit.apply(to: &$0) }
    }

    private func set(
        _ request: Request,
        _ context: OliverRequestContext,
        _ action: String,
        _ change: (inout Workspace) -> Void
    ) async throws -> Response {
        let caller = try await caller(of: request, context)
        return try await self.change(context, action, caller, expecting: try request.expectedVersion(), change)
    }

    /// Who wants to change the workspace in the path; to who does not reach it, it is not there.
    private func caller(of request: Request, _ context: OliverRequestContext) async throws -> Caller {
        let caller = try await authenticator.caller(of: request, needing: .workspaces)
        guard caller.reaches(try context.id()) else { throw Problem.notFound("There is no such workspace.") }
        return caller
    }

    private func change(
        _ context: OliverRequestContext,
        _ action: String,
        _ caller: Caller,
        expecting version: Int64?,
        _ change: (inout Workspace) -> Void
    ) async throws -> Response {
        let edit = DirectoryEdit(action, by: caller.author(in: context), at: clock.now, expecting: version)
        let changed = try await store.change(workspace: try context.id(), edit, change)
        await refresh()
        return .object(changed.document, version: changed.version)
    }
}

/// A filter that is yes or no.
enum Flag: String, CaseIterable {
    case yes = "true"
    case no = "false"
}

/// What the body of a new or a changed workspace says.
private struct WorkspaceBody {
    /// Empty for a changed one.
    let id: String
    let edit: WorkspaceEdit

    private static let members: Set<String> = [
        "id", "name", "time_zone", "week_start", "fiscal_year_start", "currency", "fail_mode", "unpriced_mode",
        "retention_months", "hidden",
    ]

    init(_ body: JSONValue, isNew: Bool) throws(Problem) {
        var fields = FieldReader(body, known: Self.members)
        if !isNew { fields.fix(["id"]) }
        id = isNew ? fields.required("id") : ""
        if isNew, !id.isEmpty, !Workspace.isSlug(id) {
            fields.fault("id", "invalid_format", "must be letters, digits, dots, dashes and underscores")
        }
        var edit = WorkspaceEdit()
        edit.name = fields.name("name")
        edit.timeZone = fields.name("time_zone")
        edit.weekStart = fields.number("week_start")
        edit.fiscalYearStart = fields.number("fiscal_year_start")
        edit.currency = fields.name("currency")
        edit.failMode = fields.word("fail_mode", FailMode.self)
        edit.unpricedMode = fields.word("unpriced_mode", UnpricedMode.self)
        edit.isHidden = fields.flag("hidden")
        let months = fields.number("retention_months")
        // Null is a value here: for ever.
        if fields.has("retention_months") { edit.retentionMonths = .some(months) }
        let faults = fields.faults + edit.flaws
        guard faults.isEmpty else { throw .invalid(faults) }
        self.edit = edit
    }
}
