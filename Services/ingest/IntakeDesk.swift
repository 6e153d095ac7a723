package import Access
package import Directory
internal import Domain
internal import Hummingbird
package import ServiceRuntime
package import Streams
internal import Wire

/// What all intakes have in common: who posts, how a body is read, and the way of its events into the stream.
///
/// A class, since requests would copy its many parts.
package final class IntakeDesk: Sendable {
    let configuration: IngestConfiguration
    let metrics: IngestMetrics
    private let authenticator: Authenticator
    private let directory: DirectoryCache
    private let policy: EventPolicy
    private let partitioning: Partitioning
    private let commits: PerEventLoop<GroupCommit>
    private let gate: PressureGate
    private let clock: any WallClock
    private let mint = EventIDMint()

    package init(
        authenticator: Authenticator,
        directory: DirectoryCache,
        configuration: IngestConfiguration,
        partitioning: Partitioning,
        commits: PerEventLoop<GroupCommit>,
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

    /// Who posts; refused before the body is read when the queue is full.
    func caller(of request: Request, needing permission: Permission = .record) async throws -> Caller {
        let caller = try await authenticator.caller(of: request, needing: permission)
        try gate.check()
        return caller
    }

    /// The whole body, decompressed.
    func body(of request: Request, limit: Int) async throws -> [UInt8] {
        let bytes = Array(buffer: try await request.readBody(limit: limit))
        switch request.headers.value(of: .contentEncoding)?.lowercased() {
        case nil, "identity": return bytes
        case "gzip", "x-gzip": return try inflate(bytes, limit: limit)
        case let encoding?:
            throw Problem.unsupportedMediaType("Send the body as gzip or not encoded, not as \(encoding.prefix(32)).")
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

    /// Checks items one by one, and returns once all that are accepted are durably in the stream.
    ///
    /// - Parameters:
    ///   - items: What the request holds.
    ///   - caller: Who posts.
    ///   - isImport: Whether the events may be of any age.
    ///   - reports: For each item that others may report too, how much it tells.
    /// - Returns: What became of each item.
    /// - Throws: A 503 problem when nothing at all could be decided, so that the client sends the whole request again.
    func take(
        _ items: [RecordBody.Item],
        from caller: Caller,
        isImport: Bool = false,
        reports: [ReportUse?] = []
    ) async throws -> Intake {
        if caller.reach.only == nil { await learnWorkspaces(of: items) }
        var policy = policy
        if isImport { policy.acceptedPast = .seconds(36_500 * 86_400) }
        var intake = try check(items, from: caller, policy, reports)
        if !intake.claims.isEmpty {
            try intake.settle(await commits.current.claim(intake.claims))
        }
        metrics.answered(intake)
        return intake
    }

    /// Asks for workspaces that the copy does not have: they may have been made a moment ago.
    private func learnWorkspaces(of items: [RecordBody.Item]) async {
        let isUnknown = items.contains { item in
            guard case .event(let event) = item, let workspace = event.workspace else { return false }
            return directory.workspace(workspace) == nil
        }
        if isUnknown { await directory.refresh() }
    }

    private func check(
        _ items: [RecordBody.Item],
        from caller: Caller,
        _ policy: EventPolicy,
        _ reports: [ReportUse?]
    ) throws -> Intake {
        var intake = Intake()
        let now = clock.now
        let poster = EventPolicy.Poster(reach: caller.reach, mayReportCost: caller.has(.reportCost))
        for (index, item) in items.enumerated() {
            switch item {
            case .event(let event):
                let report = reports.indices.contains(index) ? reports[index] : nil
                try check(event, policy, report, of: poster, caller, now, into: &intake)
            case .invalid(let faults): intake.reject(.invalidEvent(faults))
            case .unreadable(let error): intake.reject(.unreadableLine(error))
            }
        }
        return intake
    }

    private func check(
        _ event: ReportedEvent,
        _ policy: EventPolicy,
        _ report: ReportUse?,
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
        try intake.add(event, acceptance, report: report, in: partitioning.partition(ofWorkspace: workspace))
    }
}

extension Request {
    /// The declared media type in lower case, without its parameters.
    var mediaType: String? {
        headers.value(of: .contentType).map { declared in
            // As nearly all clients write it.
            if declared == "application/json" { return declared }
            return declared.prefix { $0 != ";" }.lowercased().split(separator: " ").joined()
        }
    }
}
