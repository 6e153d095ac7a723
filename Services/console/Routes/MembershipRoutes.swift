package import Access
package import Directory
internal import Domain
package import Hummingbird
package import ServiceRuntime

/// `/v1/memberships`: which users belong to which teams.
package struct MembershipRoutes: Sendable {
    private let authenticator: Authenticator
    private let store: any OrganisationStore
    private let clock: any WallClock

    private static let path: RouterPath = "/v1/memberships"

    package init(authenticator: Authenticator, store: any OrganisationStore, clock: any WallClock) {
        self.authenticator = authenticator
        self.store = store
        self.clock = clock
    }

    /// Adds the routes.
    package func add(to router: Router<OliverRequestContext>) {
        router.get(Self.path) { request, _ in try await list(request) }
        router.put(Self.path, use: put)
        router.delete(Self.path, use: remove)
    }

    private func list(_ request: Request) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .read)
        let query = try ListRequest(request, filters: ["workspace", "team", "user"])
        let workspace = try caller.required(query["workspace"])
        let cursor = try query.after.map(Self.place)
        let found = try await store.memberships(
            MembershipQuery(workspace: workspace, team: query["team"], user: query["user"]),
            after: cursor,
            limit: query.limit + 1
        )
        return query.answer(found, cursor: \.membership.cursor) { $0.value($1.document) }
    }

    /// Reads a cursor; the team's length comes first, because ids may hold anything.
    private static func place(_ cursor: String) throws(Problem) -> (team: String, user: String) {
        let parts = cursor.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, let length = Int(parts[0]), (1...parts[1].count).contains(length) else {
            throw ListRequest.badCursor
        }
        return (String(parts[1].prefix(length)), String(parts[1].dropFirst(length)))
    }

    private func put(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .directory)
        var fields = FieldReader(try await request.json(), known: ["workspace", "team", "user", "role"])
        let named = fields.name("workspace")
        let (team, user) = (fields.required("team"), fields.required("user"))
        let role = fields.word("role", Membership.Role.self) ?? .member
        guard fields.faults.isEmpty else { throw Problem.invalid(fields.faults) }
        let workspace = try caller.required(named)
        let wanted = Membership(workspace: workspace, team: team, user: user, role: role, createdAt: clock.now)
        let (kept, isNew) = try await store.put(wanted, by: caller.author(in: context))
        return .json(kept.document, status: isNew ? .created : .ok)
    }

    private func remove(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        let (workspace, caller) = try await authenticator.workspace(of: request, needing: .directory)
        let wasThere = try await store.removeMembership(
            of: try request.parameter("user"),
            in: try request.parameter("team"),
            of: workspace,
            by: caller.author(in: context),
            at: clock.now
        )
        guard wasThere else { throw Problem.notFound("There is no such membership.") }
        return Response(status: .noContent)
    }
}

extension Membership {
    fileprivate var cursor: String { "\(team.count) \(team)\(user)" }
}
