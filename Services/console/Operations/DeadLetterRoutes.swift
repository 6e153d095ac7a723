package import Access
internal import Backends
internal import Directory
internal import Domain
package import Hummingbird
package import Postgres
package import ServiceRuntime
package import Streams

/// `/v1/dead-letters`: entries that could not be handled, and what to do with them.
package struct DeadLetterRoutes: Sendable {
    private static let path = "/v1/dead-letters"

    private let authenticator: Authenticator
    private let streams: any StreamOperator
    private let postgres: PostgresPool
    private let clock: any WallClock

    package init(
        authenticator: Authenticator,
        streams: any StreamOperator,
        postgres: PostgresPool,
        clock: any WallClock
    ) {
        self.authenticator = authenticator
        self.streams = streams
        self.postgres = postgres
        self.clock = clock
    }

    /// Adds the routes.
    package func add(to router: Router<OliverRequestContext>) {
        router.get(RouterPath(Self.path)) { request, _ in try await list(request) }
        router.get(RouterPath(Self.path + "/:id")) { request, context in
            try await get(request, context)
        }
        router.post(RouterPath(Self.path + "/:id/replay")) { request, context in
            try await replay(request, context)
        }
        router.post(RouterPath(Self.path + "/:id/discard")) { request, context in
            try await discard(request, context)
        }
    }

    private func list(_ request: Request) async throws -> Response {
        _ = try await authenticator.operating(request)
        let query = try ListRequest(request, filters: [])
        var after: DeadLetterID?
        if let text = query.after {
            guard let id = DeadLetterID(inPath: text), id.entry < .last else {
                throw Problem.invalid("after", code: "invalid_cursor", detail: "is no cursor of this list")
            }
            after = id
        }
        let page = try await answering { try await streams.deadLetters(after: after, limit: query.limit) }
        var writer = JSONWriter(reserving: 512 * page.letters.count + 64)
        writer.page(page.letters, next: page.next?.inPath) { $0.write($1, id: $1.id.inPath, withPayload: false) }
        return .json(writer)
    }

    private func get(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        _ = try await authenticator.operating(request)
        let id = try Self.id(context)
        guard let letter = try await answering({ try await streams.deadLetter(id) }) else { throw Self.none }
        var writer = JSONWriter(reserving: 4_096)
        writer.write(letter, id: id.inPath, withPayload: true)
        return .json(writer)
    }

    private func replay(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        let id = try await audited("replay", request, context)
        guard let entry = try await answering({ try await streams.replay(id) }) else { throw Self.none }
        return .json(["id": .string(id.inPath), "entry": .string(entry.description)])
    }

    private func discard(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        let id = try await audited("discard", request, context)
        guard try await answering({ try await streams.discard(id) }) else { throw Self.none }
        return Response(status: .noContent)
    }

    /// Writes down who is about to do something with a letter: before it is done, so that none goes without a name.
    ///
    /// - Returns: The letter's id.
    /// - Throws: A problem when the caller may not, or when there is no such letter.
    private func audited(
        _ verb: String,
        _ request: Request,
        _ context: OliverRequestContext
    ) async throws -> DeadLetterID {
        let caller = try await authenticator.operating(request)
        let id = try Self.id(context)
        guard let letter = try await answering({ try await streams.deadLetter(id) }) else { throw Self.none }
        let entry = AuditEntry(
            workspace: nil,
            author: caller.author(in: context),
            action: "dead_letter.\(verb)",
            target: .init("dead_letter", id.inPath),
            before: [
                "stage": .string(letter.stage.rawValue), "stream": .string(letter.stream.rawValue),
                "entry": .string(letter.entry.description), "reason": .string(letter.reason),
            ]
        )
        try await postgres.withTransaction { [now = clock.now] connection in
            try await Directory.audit([entry], at: now, in: connection)
        }
        return id
    }

    private func answering<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch {
            throw Problem.unavailable("The queue cannot be reached.", retryAfter: .seconds(1))
        }
    }

    private static let none = Problem.notFound("There is no such dead letter; it may have been replayed or discarded.")

    private static func id(_ context: OliverRequestContext) throws -> DeadLetterID {
        guard let id = context.parameters.get("id").flatMap({ DeadLetterID(inPath: $0) }) else { throw none }
        return id
    }
}

extension DeadLetterID {
    /// Its form in paths, where a slash would be one too much: `p07-1795000000000-0`.
    var inPath: String { "\(partition)-\(entry)" }

    init?(inPath text: String) {
        let parts = text.split(separator: "-", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        self.init("\(parts[0])/\(parts[1])")
    }
}

extension EntryID {
    /// The id after which none can come: the streams' server refuses to look behind it, and no list ends with it.
    fileprivate static let last = EntryID(milliseconds: .max, sequence: .max)
}
