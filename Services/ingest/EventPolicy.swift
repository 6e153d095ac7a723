package import Access
package import Domain
package import Wire

/// Decides whether a reported event may be counted, and where: all that can be known without asking a server.
package struct EventPolicy: Sendable {
    /// How far back `occurred_at` may lie.
    package var acceptedPast: Duration
    /// How far ahead `occurred_at` may lie, for clocks that are not quite right.
    package var acceptedFuture: Duration

    package init(acceptedPast: Duration, acceptedFuture: Duration) {
        self.acceptedPast = acceptedPast
        self.acceptedFuture = acceptedFuture
    }

    /// Who posts, as far as a single event is concerned.
    package struct Poster: Sendable {
        /// Where it may post; one that is bound to one workspace need not name it.
        package var reach: Reach
        /// Whether the key may bring its own costs.
        package var mayReportCost: Bool

        package init(reach: Reach, mayReportCost: Bool) {
            self.reach = reach
            self.mayReportCost = mayReportCost
        }
    }

    /// Why an event is not counted.
    package enum Refusal: Error, Equatable {
        /// Fields that the client can correct.
        case invalid(FieldProblems)
        /// The key may not do this.
        case forbidden(String)
    }

    /// The workspace that the event is counted in.
    package func workspace(
        of event: ReportedEvent,
        poster: Poster,
        now: Timestamp,
        isKnown: (String) -> Bool
    ) throws(Refusal) -> String {
        if let occurredAt = event.occurredAt { try check(occurredAt, now: now) }
        guard !event.reportsCost || poster.mayReportCost else {
            throw .forbidden("A key needs the scope 'report_cost' to bring its own 'cost_usd'.")
        }
        if let named = event.workspace, poster.reach.teams(of: named) == nil {
            throw .forbidden("This key may not post to another workspace than its own.")
        }
        if let only = poster.reach.only { return only }
        guard let named = event.workspace else {
            throw invalid("workspace", .missing, "This key is bound to no workspace: name the event's.")
        }
        guard isKnown(named) else {
            throw invalid("workspace", .unknownWorkspace, "There is no such workspace.")
        }
        return named
    }

    private func check(_ time: Timestamp, now: Timestamp) throws(Refusal) {
        guard time >= now.adding(.zero - acceptedPast) else {
            throw invalid("occurred_at", .outOfRange, "Must be at most \(acceptedPast.inDays) days ago.")
        }
        guard time <= now.adding(acceptedFuture) else {
            throw invalid("occurred_at", .outOfRange, "Must be at most \(acceptedFuture.inMinutes) minutes ahead.")
        }
    }

    private func invalid(_ name: String, _ code: FieldProblem.Code, _ detail: String) -> Refusal {
        .invalid(FieldProblems([FieldProblem(name, code, detail)]))
    }
}

extension Duration {
    fileprivate var inDays: Int64 { components.seconds / 86_400 }
    fileprivate var inMinutes: Int64 { components.seconds / 60 }
}
