package import Access
internal import Domain
package import Hummingbird
internal import Redis
package import ServiceRuntime
package import Streams
internal import Wire

/// `POST /v1/holds/{id}/extend` and `/release`.
package struct HoldRoutes: Sendable {
    private let authenticator: Authenticator
    private let desk: HoldDesk
    private let partitioning: Partitioning

    private static let bodyLimit = 4 << 10
    private static let defaultSecondsToLive: Int64 = 600

    package init(authenticator: Authenticator, desk: HoldDesk, partitioning: Partitioning) {
        self.authenticator = authenticator
        self.desk = desk
        self.partitioning = partitioning
    }

    /// Adds the routes.
    package func add(to router: Router<OliverRequestContext>) {
        router.post("/v1/holds/:id/extend") { request, context in
            try await extend(request, context.parameters.get("id"))
        }
        router.post("/v1/holds/:id/release") { request, context in
            try await release(request, context.parameters.get("id"))
        }
    }

    private func extend(_ request: Request, _ id: String?) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .preflight)
        let bytes = Array(buffer: try await request.readBody(limit: Self.bodyLimit))
        var seconds = Self.defaultSecondsToLive
        if !bytes.isEmpty {
            try request.requireJSON()
            do {
                seconds = try PreflightBody.secondsToLive(in: bytes) ?? seconds
            } catch {
                throw error.problem
            }
        }
        let hold = try hold(id)
        let expiry = try await done {
            try await Self.change(within: caller.reach) { workspace in
                try await desk.holds.extend(hold, of: workspace, by: .seconds(seconds))
            }
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("hold_id", hold.text)
        if let expiry { writer.member("expires_at", expiry.rfc3339) }
        writer.endObject()
        return .json(writer)
    }

    private func release(_ request: Request, _ id: String?) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .preflight)
        let hold = try hold(id)
        _ = try await done {
            try await Self.change(within: caller.reach) { try await desk.holds.release(hold, of: $0) }
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("hold_id", hold.text)
        writer.member("status", "released")
        writer.endObject()
        return .json(writer)
    }

    private static let unknown = Problem.notFound("There is no such hold, or it ended a while ago.")

    private func hold(_ text: String?) throws(Problem) -> HoldID {
        guard let hold = text.flatMap({ HoldID($0) }), hold.partition.number < partitioning.count else {
            throw Self.unknown
        }
        return hold
    }

    /// Changes a hold of the workspaces that a caller reaches; nil stands for any.
    private static func change(
        within reach: Reach,
        _ change: (_ workspace: String?) async throws -> HoldChange
    ) async throws -> HoldChange {
        guard let workspaces = reach.workspaces?.keys.sorted() else { return try await change(nil) }
        for workspace in workspaces {
            switch try await change(workspace) {
            case .unknown: continue
            case let result: return result
            }
        }
        return .unknown
    }

    /// Tells the client what stood in the way.
    private func done(_ change: () async throws -> HoldChange) async throws -> Timestamp? {
        let result: HoldChange
        do {
            result = try await change()
        } catch is RedisError {
            throw Problem.unavailable("Holds cannot be reached at the moment.")
        }
        switch result {
        case .done(let expiry): return expiry
        case .unknown: throw Self.unknown
        case .ended: throw Problem.gone("The hold has expired, or it was settled or released.")
        case .committed:
            throw Problem.conflict("An event was recorded with the hold: counting the event will settle it.")
        }
    }
}
