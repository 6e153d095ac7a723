package import Access
internal import Crypto
package import Directory
internal import Domain
internal import HTTPTypes
package import Hummingbird
internal import Redis
package import ServiceRuntime
package import Streams
internal import Wire

/// `POST /v1/preflight`: whether a call may be made.
package struct PreflightRoute: Sendable {
    private let authenticator: Authenticator
    private let directory: DirectoryCache
    private let preflight: Preflight
    private let partitioning: Partitioning
    private let clock: any WallClock
    private let metrics: BudgetMetrics

    private static let bodyLimit = 64 << 10
    private static let defaultSecondsToLive: Int64 = 600

    package init(
        authenticator: Authenticator,
        directory: DirectoryCache,
        preflight: Preflight,
        partitioning: Partitioning,
        clock: any WallClock,
        metrics: BudgetMetrics
    ) {
        self.authenticator = authenticator
        self.directory = directory
        self.preflight = preflight
        self.partitioning = partitioning
        self.clock = clock
        self.metrics = metrics
    }

    /// Adds the route.
    package func add(to router: Router<OliverRequestContext>) {
        router.post("/v1/preflight") { request, _ in try await answer(request) }
    }

    private func answer(_ request: Request) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .preflight)
        try request.requireJSON()
        let bytes = Array(buffer: try await request.readBody(limit: Self.bodyLimit))
        let body = try PreflightBody(checking: bytes)
        let workspace = try await workspace(of: body, caller)
        var event = try body.event.event(at: clock.now)
        event.identity.workspace = workspace.id
        event.identity.sourceApp = caller.sourceApp
        var question = PreflightQuestion(event: event)
        if body.wantsHold, !body.isDryRun {
            let partition = partitioning.partition(ofWorkspace: workspace.id)
            let seconds = body.secondsToLive ?? Self.defaultSecondsToLive
            question.hold = (HoldID.make(in: partition), .seconds(seconds))
            question.idempotency = try Self.idempotency(of: request, bytes, caller)
        }
        let answer = await preflight.answer(question, in: workspace)
        metrics.answered(answer)
        return try Self.response(answer)
    }

    private func workspace(of body: PreflightBody, _ caller: Caller) async throws -> Workspace {
        guard let name = try caller.named(body.event.workspace) else {
            throw Problem.invalid(
                "workspace",
                code: "missing",
                detail: "This key is bound to no workspace: name the call's."
            )
        }
        guard let workspace = await directory.findWorkspace(name) else {
            throw Problem.invalid("workspace", code: "unknown_workspace", detail: "There is no such workspace.")
        }
        guard workspace.archivedAt == nil else {
            throw Problem.invalid("workspace", code: "archived_workspace", detail: "The workspace is archived.")
        }
        return workspace
    }

    /// Keys are each API key's own.
    private static func idempotency(
        of request: Request,
        _ body: [UInt8],
        _ caller: Caller
    ) throws(Problem) -> HoldRequest.Idempotency? {
        guard let key = request.headers[.idempotencyKey] else { return nil }
        guard (1...255).contains(key.utf8.count) else {
            throw .invalid("Idempotency-Key", code: "out_of_range", detail: "Must have 1 to 255 bytes.")
        }
        return HoldRequest.Idempotency(
            name: digest(of: Array("\(caller.id)\u{0}\(key)".utf8)),
            digest: digest(of: body)
        )
    }

    /// The first half of SHA-256, in hexadecimal digits.
    private static func digest(of bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).prefix(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func response(_ answer: PreflightAnswer) throws(Problem) -> Response {
        switch answer {
        case .allowed(let allowance):
            var writer = JSONWriter(reserving: 256 + 384 * allowance.budgets.count)
            writer.write(allowance)
            return .json(writer)
        case .refused(let refusal): throw .budgetExceeded(refusal)
        case .unpriced: throw .unpricedModel
        case .conflict:
            throw .conflict("Another request was sent with the same Idempotency-Key, and its hold lives.")
        case .unavailable(let reason): throw .budgetUnavailable(reason)
        }
    }
}

extension PreflightBody {
    /// Reads a body.
    ///
    /// - Throws: A 400 or 422 problem.
    fileprivate init(checking bytes: [UInt8]) throws(Problem) {
        do {
            try self.init(bytes)
        } catch {
            throw error.problem
        }
    }
}

extension PreflightBody.Failure {
    /// The answer to the client.
    var problem: Problem {
        switch self {
        case .syntax(let error):
            .badRequest("The body is not valid JSON: at byte \(error.offset) \(error.reason).")
        case .invalid(let faults):
            .invalid(faults.problems.map { InvalidParameter($0.name, code: $0.code.rawValue, detail: $0.detail) })
        }
    }
}
