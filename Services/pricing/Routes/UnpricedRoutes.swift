package import Access
internal import Domain
package import Hummingbird
package import Ledger
package import ServiceRuntime

/// `GET /v1/unpriced`: what has no price now; `POST /v1/adjustments`: what a person adds by hand.
package struct UnpricedRoutes: Sendable {
    private let authenticator: Authenticator
    private let ledger: any LedgerCorrectionStore
    private let hasWorkspace: @Sendable (String) async -> Bool
    private let clock: any WallClock

    private static let bodyLimit = 1 << 20

    /// Makes the routes; `hasWorkspace` tells whether there is a workspace with an id.
    package init(
        authenticator: Authenticator,
        ledger: any LedgerCorrectionStore,
        hasWorkspace: @escaping @Sendable (String) async -> Bool,
        clock: any WallClock
    ) {
        self.authenticator = authenticator
        self.ledger = ledger
        self.hasWorkspace = hasWorkspace
        self.clock = clock
    }

    /// Adds the routes.
    package func add(to router: Router<OliverRequestContext>) {
        router.get("/v1/unpriced") { request, _ in try await answeringLedger { try await list(request) } }
        router.post("/v1/adjustments") { request, context in
            try await answeringLedger { try await adjust(request, context) }
        }
    }

    private func list(_ request: Request) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .read)
        let query = try ListRequest(request, filters: ["workspace"])
        let workspaces = try caller.shown(query["workspace"])
        var cursor: UnpricedCursor?
        if let after = query.after {
            guard let known = UnpricedCursor(after) else { throw ListRequest.badCursor }
            cursor = known
        }
        let page = try await ledger.unpriced(
            workspaces: workspaces,
            limit: query.limit,
            after: cursor
        )
        var writer = JSONWriter(reserving: 256 * page.groups.count + 64)
        writer.page(page.groups[...], next: page.next?.description) { $0.write($1) }
        return .json(writer)
    }

    private func adjust(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .prices)
        let wanted = try AdjustmentRequest(try await request.json(limit: Self.bodyLimit), now: clock.now)
        let workspace = try caller.required(wanted.workspace)
        guard await hasWorkspace(workspace) else {
            throw Problem.invalid("workspace", code: "unknown_value", detail: "there is no such workspace")
        }
        let adjustments = wanted.adjustments(of: workspace)
        let times = adjustments.map(\.occurredAt).sorted()
        guard let first = times.first, let last = times.last else {
            throw Problem.invalid("items", code: "required", detail: "must not be empty")
        }
        let job = try await ledger.adjust(
            adjustments,
            for: LedgerJobRequest(
                key: "adjust:\(wanted.key)",
                kind: .manual,
                workspace: workspace,
                query: LedgerScanQuery(from: first, to: last.adding(microseconds: 1)),
                reason: wanted.reason,
                author: caller.author(naming: wanted.author)
            ),
            by: caller.author(in: context).naming(wanted.author),
            at: clock.now
        )
        var writer = JSONWriter(reserving: 768)
        writer.write(job)
        return .json(writer, status: .created, headers: [.location: "/v1/reprice/\(job.id)"])
    }
}
