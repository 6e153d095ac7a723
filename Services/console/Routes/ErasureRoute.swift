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
        router.post("/v1/users/:id/erase") { request, context in
            try await answering { try await erase(request, context) }
        }
    }

    private func erase(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .directory)
        guard let workspace = try caller.named(request.optionalParameter("workspace")) else {
            throw Problem.invalid("workspace", code: "required", detail: "is missing")
        }
        let erased = try await eraser.erase(
            try context.id(),
            of: workspace,
            by: caller.author(in: context),
            at: clock.now
        )
        return .json(erased.document)
    }
}
