package import Access
internal import Domain
package import Hummingbird
internal import PriceBook
package import PriceDesk
package import ServiceRuntime
internal import UsageExtraction
internal import Wire

/// `POST /v1/estimate`: what events would cost, with the arithmetic.
///
/// Nothing is recorded.
package struct EstimateRoute: Sendable {
    private let authenticator: Authenticator
    private let book: PriceBookHolder
    private let clock: any WallClock

    /// Items in one request at most (`api.md`).
    private static let itemLimit = 1_000

    package init(authenticator: Authenticator, book: PriceBookHolder, clock: any WallClock) {
        self.authenticator = authenticator
        self.book = book
        self.clock = clock
    }

    /// Adds the route.
    package func add(to router: Router<OliverRequestContext>) {
        router.post("/v1/estimate") { request, context in
            try await estimate(request, context)
        }
    }

    private func estimate(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        // Any valid key may ask, by the prices of its own workspace.
        let caller = try await authenticator.caller(of: request, needing: [], limitedToTeams: true)
        let body = Array(buffer: try await request.readBody(limit: context.maxBodySize))
        let items: [RecordBody.Item]
        do {
            items = try RecordBody(json: body, list: "items", limit: Self.itemLimit, rawUsage: UsageExtraction.reader)
                .items
        } catch RecordBody.Failure.syntax(let error) {
            throw Problem.badRequest("The body is not valid JSON: at byte \(error.offset) \(error.reason).")
        } catch RecordBody.Failure.tooManyItems {
            throw Problem.tooLarge("A request may hold \(Self.itemLimit) items: send them in several.")
        }
        let now = clock.now
        let pricer = Pricer(plans: book.edition.plans)
        var writer = JSONWriter(reserving: 512 * items.count)
        writer.beginObject()
        writer.key("items")
        writer.beginArray()
        for item in items { write(item, of: caller, now: now, pricer, to: &writer) }
        writer.endArray()
        writer.endObject()
        return .json(writer)
    }

    private func write(
        _ item: RecordBody.Item,
        of caller: Caller,
        now: Timestamp,
        _ pricer: Pricer,
        to writer: inout JSONWriter
    ) {
        switch item {
        case .event(let reported):
            do {
                var event = try reported.event(at: now)
                // Who reaches several workspaces and names none asks for the prices that all of them have.
                if reported.workspace != nil || caller.reach.only != nil,
                    let workspace = try caller.named(reported.workspace)
                {
                    event.identity.workspace = workspace
                }
                EstimateAnswer.write(pricer.explain(event), to: &writer)
            } catch let problem as Problem {
                EstimateAnswer.write(problem, to: &writer)
            } catch {
                EstimateAnswer.write(.internalError(), to: &writer)
            }
        case .invalid(let faults):
            EstimateAnswer.write(.invalidItem(faults), to: &writer)
        case .unreadable(let error):
            EstimateAnswer.write(.badRequest("\(error.reason)"), to: &writer)
        }
    }
}
