package import Access
internal import Domain
package import Hummingbird
package import ServiceRuntime

/// `GET /v1/alerts`: the log, with what became of each delivery.
package struct AlertRoutes: Sendable {
    private let authenticator: Authenticator
    private let store: any AlertStore
    private let links: ConsoleLinks

    package init(authenticator: Authenticator, store: any AlertStore, links: ConsoleLinks) {
        self.authenticator = authenticator
        self.store = store
        self.links = links
    }

    /// Adds the routes.
    package func add(to router: Router<OliverRequestContext>) {
        router.get("/v1/alerts") { request, _ in try await list(request) }
        router.get("/v1/alerts/:id") { request, context in
            try await get(request, context.parameters.get("id"))
        }
    }

    private func list(_ request: Request) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .read)
        let query = try ListRequest(request, filters: ["workspace", "budget", "kind", "state"])
        let filter = AlertFilter(
            workspaces: try caller.listed(query["workspace"]),
            budget: query["budget"],
            kind: try query.choice("kind", of: AlertKind.self),
            state: try query.choice("state", of: AlertState.self)
        )
        // One more than asked for tells whether there is a next page.
        let found = try await store.alerts(filter, before: try query.idBefore(), limit: query.limit + 1)
        let receipts = try await store.receipts(of: found.map(\.id))
        return query.answer(found, cursor: { String($0.id) }) { writer, alert in
            writer.write(alert, receipts: receipts[alert.id] ?? [], link: links.link(to: alert))
        }
    }

    private func get(_ request: Request, _ id: String?) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .read)
        let none = Problem.notFound("There is no such alert.")
        guard let number = id.flatMap({ Int64($0) }), (1 ..< .max).contains(number) else { throw none }
        let filter = AlertFilter(workspaces: try caller.listed(nil))
        let found = try await store.alerts(filter, before: number + 1, limit: 1).first
        guard let found, found.id == number else { throw none }
        let receipts = try await store.receipts(of: [number])
        var writer = JSONWriter(reserving: 1_024)
        writer.write(found, receipts: receipts[number] ?? [], link: links.link(to: found))
        return .json(writer)
    }
}
