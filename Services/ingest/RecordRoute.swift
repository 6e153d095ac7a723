package import Access
package import Directory
internal import Domain
package import Hummingbird
package import ServiceRuntime
package import Streams
internal import Wire

/// `POST /v1/record`: checks each item by itself and answers once all that is accepted is durably in the stream.
package struct RecordRoute: Sendable {
    private let authenticator: Authenticator
    private let directory: DirectoryCache
    private let policy: EventPolicy
    private let configuration: IngestConfiguration
    private let partitioning: Partitioning
    private let commits: GroupCommit
    private let gate: PressureGate
    private let clock: any WallClock
    private let metrics: IngestMetrics
    private let mint = EventIDMint()

    package init(
        authenticator: Authenticator,
        directory: DirectoryCache,
        configuration: IngestConfiguration,
        partitioning: Partitioning,
        commits: GroupCommit,
        gate: PressureGate,
        clock: any WallClock,
        metrics: IngestMetrics
    ) {
        self.authenticator = authenticator
        self.directory = directory
        self.configuration = configuration
        self.partitioning = partitioning
        self.commits = commits
        self.gate = gate
        self.clock = clock
        self.metrics = metrics
        policy = EventPolicy(acceptedPast: configuration.acceptedPast, acceptedFuture: configuration.acceptedFuture)
    }

    /// Adds the route.
    package func add(to router: Router<OliverRequestContext>) {
        router.post("/v1/record") { request, context in
            try await record(request, context)
        }
    }

    private func record(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .record)
        try gate.check()
        let body = try await items(of: request, limit: context.maxBodySize)
        if caller.reach.only == nil { await learnWorkspaces(of: body) }
        var intake = try take(body, from: caller)
        if !intake.claims.isEmpty {
            try intake.settle(await commits.claim(intake.claims))
        }
        metrics.answered(intake)
        return .json(intake.answer(), status: .accepted)
    }

    private func items(of request: Request, limit: Int) async throws -> RecordBody {
        let buffer = try await request.readBody(limit: limit)
        var bytes = Array(buffer: buffer)
        switch request.headers.value(of: .contentEncoding)?.lowercased() {
        case nil, "identity": break
        case "gzip", "x-gzip": bytes = try inflate(bytes, limit: limit)
        case let encoding?:
            throw Problem.unsupportedMediaType("Send the body as gzip or not encoded, not as \(encoding.prefix(32)).")
        }
        do {
            return try request.isNDJSON
                ? RecordBody(ndjson: bytes, limit: configuration.batchLimit)
                : RecordBody(json: bytes, limit: configuration.batchLimit)
        } catch RecordBody.Failure.syntax(let error) {
            throw Problem.badRequest("The body is not valid JSON: at byte \(error.offset) \(error.reason).")
        } catch RecordBody.Failure.tooManyItems {
            throw Problem.tooLarge("A request may hold \(configuration.batchLimit) events: send them in several.")
        }
    }

    private func inflate(_ bytes: [UInt8], limit: Int) throws(Problem) -> [UInt8] {
        do throws(Gzip.Failure) {
            return try Gzip.inflate(bytes, limit: limit)
        } catch {
            switch error {
            case .tooLarge: throw .tooLarge("The decompressed body is larger than \(limit) bytes.")
            case .malformed: throw .badRequest("The body is not valid gzip.")
            }
        }
    }

    /// Asks for workspaces that the copy does not have: they may have been made a moment ago.
    private func learnWorkspaces(of body: RecordBody) async {
        let isUnknown = body.items.contains { item in
            guard case .event(let event) = item, let workspace = event.workspace else { return false }
            return directory.workspace(workspace) == nil
        }
        if isUnknown { await directory.refresh() }
    }

    private func take(_ body: RecordBody, from caller: Caller) throws -> Intake {
        var intake = Intake()
        let now = clock.now
        let poster = EventPolicy.Poster(
            workspaces: caller.reach.workspaces.map { Set($0.keys) },
            mayReportCost: caller.has(.reportCost)
        )
        for item in body.items {
            switch item {
            case .event(let event): try take(event, of: poster, caller, now, into: &intake)
            case .invalid(let faults): intake.reject(.invalidEvent(faults))
            case .unreadable(let error): intake.reject(.unreadableLine(error))
            }
        }
        return intake
    }

    private func take(
        _ event: ReportedEvent,
        of poster: EventPolicy.Poster,
        _ caller: Caller,
        _ now: Timestamp,
        into intake: inout Intake
    ) throws {
        let workspace: String
        do throws(EventPolicy.Refusal) {
            workspace = try policy.workspace(
                of: event,
                poster: poster,
                now: now,
                isKnown: { directory.workspace($0) != nil }
            )
        } catch {
            let eventID = event.eventID ?? ""
            switch error {
            case .invalid(let faults): return intake.reject(eventID: eventID, .invalidEvent(faults))
            case .forbidden(let reason): return intake.reject(eventID: eventID, .forbidden(reason))
            }
        }
        guard directory.workspace(workspace)?.archivedAt == nil else {
            return intake.reject(eventID: event.eventID ?? "", .archivedWorkspace)
        }
        let acceptance = Acceptance(
            eventID: event.eventID ?? mint.mint(at: now),
            isMinted: event.eventID == nil,
            workspace: workspace,
            sourceApp: caller.sourceApp,
            keyID: caller.id,
            receivedAt: now
        )
        try intake.add(event, acceptance, in: partitioning.partition(ofWorkspace: workspace))
    }
}

extension Request {
    fileprivate var isNDJSON: Bool {
        guard let declared = headers.value(of: .contentType) else { return false }
        let type = declared.prefix { $0 != ";" }.lowercased()
        return type == "application/x-ndjson" || type == "application/ndjson" || type == "application/jsonl"
    }
}
