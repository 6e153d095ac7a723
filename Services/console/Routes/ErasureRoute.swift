package import Access
internal import Directory
internal import Domain
package import Hummingbird
package import ServiceRuntime

/// `POST /v1/users/{id}/erase`: takes a person out of all that Oliver keeps, and leaves the sums.
package struct ErasureRoute: Sendable {
    private let authenticator: Authenticator
    private let eraser: UserEraser
    private let clock: any WallClock

    package init(authenticator: Authenticator, eraser: UserEraser, clock: any WallClock) {
        self.authenticator = authenticator
        self.eraser = eraser
        self.clock = clock
    }

    /// Adds the route.
    package func add(to router: Router<OliverRequestContext>) {
        router.post("/v1/users/:id/erase", use: erase)
    }

    private func erase(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        let (workspace, caller) = try await authenticator.workspace(of: request, needing: .directory)
        let erased = try await eraser.erase(
            try context.id(),
            of: workspace,
            by: caller.author(in: context),
            at: clock.now
        )
        return .json(erased.document)
    }
}
