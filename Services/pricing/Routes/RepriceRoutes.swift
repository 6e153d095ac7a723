package import Access
internal import Domain
package import Hummingbird
package import Ledger
package import PriceDesk
package import ServiceRuntime

/// Repricing: a preview, the job that applies it, and what becomes of jobs.
package struct RepriceRoutes: Sendable {
    private let authenticator: Authenticator
    private let ledger: any LedgerCorrectionStore
    private let book: PriceBookHolder
    private let largeReads: LargeReads
    private let clock: any WallClock

    private static let path = "/v1/reprice"
    private static let pageLimit = 2_000
    /// Events that a preview looks at; a larger range is previewed in parts.
    private static let previewLimit = 5_000_000

    package init(
        authenticator: Authenticator,
        ledger: any LedgerCorrectionStore,
        book: PriceBookHolder,
        largeReads: LargeReads = LargeReads(),
        clock: any WallClock
    ) {
        self.authenticator = authenticator
        self.ledger = ledger
        self.book = book
        self.largeReads = largeReads
        self.clock = clock
    }

    /// Adds the routes.
    package func add(to router: Router<OliverRequestContext>) {
        router.post(RouterPath(Self.path)) { request, context in
            try await answeringLedger { try await reprice(request, context) }
        }
        router.get(RouterPath(Self.path)) { request, _ in try await answeringLedger { try await list(request) } }
        router.get(RouterPath(Self.path + "/:id")) { request, context in
            try await answeringLedger {
                let caller = try await authenticator.caller(of: request, needing: .read)
                return .json(Self.body(of: try await find(context.parameters.get("id"), for: caller)))
            }
        }
        for action in Action.allCases {
            router.post(RouterPath("\(Self.path)/:id/\(action.rawValue)")) { request, context in
                try await answeringLedger { try await act(action, request, context) }
            }
        }
    }

    /// What can be done with a job.
    private enum Action: String, CaseIterable {
        case reverse, cancel, resume
    }

    private func reprice(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .prices)
        let wanted = try RepriceRequest(try await request.json())
        let workspace = try caller.named(wanted.workspace)
        let edition = book.edition
        guard wanted.isApplied else {
            var query = wanted.query
            query.workspaces = workspace.map { [$0] }
            return .json(
                try await largeReads.run { [query] in try await preview(query, Pricer(plans: edition.plans)) }
            )
        }
        let job = try await ledger.createJob(
            LedgerJobRequest(
                key: wanted.key.map { "client:\($0)" } ?? wanted.standardKey(bookVersion: edition.version),
                kind: .repricing,
                workspace: workspace,
                query: wanted.query,
                reason: wanted.reason ?? "",
                author: caller.author(naming: wanted.author),
                priceBook: String(edition.version)
            ),
            by: caller.author(in: context).naming(wanted.author),
            at: clock.now
        )
        return .json(Self.body(of: job), status: .accepted, headers: [.location: "\(Self.path)/\(job.id)"])
    }

    private func preview(_ query: LedgerScanQuery, _ pricer: Pricer) async throws -> JSONWriter {
        var preview = RepricePreview()
        var pricing = RowPricing(kind: .repricing, pricer)
        var cursor: LedgerScanCursor?
        repeat {
            let page = try await ledger.scan(query, after: cursor, limit: Self.pageLimit)
            for row in page.rows { preview.add(row, pricing.decide(row)?.event.cost) }
            cursor = page.next
        } while cursor != nil && preview.total.events < Self.previewLimit
        var writer = JSONWriter(reserving: 4_096)
        writer.write(preview, isComplete: cursor == nil)
        return writer
    }

    private func list(_ request: Request) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .read)
        let query = try ListRequest(request, filters: ["workspace", "kind", "state"])
        let kinds = try query.named("kind", among: LedgerJob.Kind.allCases, by: \.name)
        let states = try query.named("state", among: LedgerJob.State.allCases, by: \.name)
        let workspaces = try caller.listed(query["workspace"])
        let jobs = try await ledger.jobs(
            LedgerJobQuery(workspaces: workspaces, kinds: kinds, states: states),
            limit: query.limit + 1,
            before: try query.idBefore()
        )
        return query.answer(jobs, cursor: { String($0.id) }) { $0.write($1) }
    }

    private func act(_ action: Action, _ request: Request, _ context: OliverRequestContext) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .prices)
        let job = try await find(context.parameters.get("id"), for: caller)
        // Who may only touch one workspace may not stop what all of them wait for.
        guard caller.reaches(job.request.workspace) else { throw AccessRefusal.workspace.problem }
        let now = clock.now
        let signature = caller.author(in: context)
        switch action {
        case .cancel:
            return .json(
                Self.body(of: try await ledger.endJob(job.id, as: .cancelled, failure: nil, by: signature, at: now))
            )
        case .resume:
            return .json(Self.body(of: try await ledger.resumeJob(job.id, by: signature, at: now)))
        case .reverse:
            guard job.request.kind != .unpriced else {
                throw Problem.conflict(
                    "What had no price would be priced again at once: set other prices and reprice these events instead."
                )
            }
            var fields = FieldReader(try await request.json(), known: ["reason", "author"])
            let reason = fields.required("reason", limit: 1_000)
            let author = fields.name("author")
            guard fields.faults.isEmpty else { throw Problem.invalid(fields.faults) }
            let reversal = LedgerJobRequest.reversal(
                of: job,
                key: "reverse:\(job.id)",
                reason: reason,
                author: caller.author(naming: author)
            )
            let created = try await ledger.createJob(reversal, by: signature.naming(author), at: now)
            let location = "\(Self.path)/\(created.id)"
            return .json(Self.body(of: created), status: .accepted, headers: [.location: location])
        }
    }

    private func find(_ id: String?, for caller: Caller) async throws -> LedgerJob {
        guard let number = id.flatMap({ Int64($0) }), let job = try await ledger.job(number),
            caller.reaches(job.request.workspace)
        else { throw Problem.notFound("There is no such job.") }
        return job
    }

    private static func body(of job: LedgerJob) -> JSONWriter {
        var writer = JSONWriter(reserving: 768)
        writer.write(job)
        return writer
    }
}

/// Tells the client what the ledger says.
func answeringLedger(_ answer: () async throws -> Response) async throws -> Response {
    do {
        return try await answer()
    } catch let error as LedgerError {
        switch error.code {
        case .conflict, .stale: throw Problem.conflict("\(error.message).")
        case .notFound: throw Problem.notFound("\(error.message).")
        case .invalidQuery, .invalidEntry: throw Problem.invalid("body", code: "invalid", detail: error.message)
        case _ where error.isRetriable: throw Problem.unavailable("The ledger cannot be reached. Try again.")
        default: throw error
        }
    }
}

extension ListRequest {
    /// A filter that is one of some values, by their names on the wire; empty when it is absent.
    func named<Value>(_ name: String, among values: [Value], by text: (Value) -> String) throws(Problem) -> [Value] {
        guard let wanted = self[name] else { return [] }
        guard let value = values.first(where: { text($0) == wanted }) else {
            let words = values.map(text).joined(separator: ", ")
            throw .invalid(name, code: "unknown_value", detail: "must be one of \(words)")
        }
        return [value]
    }
}
