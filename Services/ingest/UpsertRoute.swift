package import Access
package import Directory
internal import Domain
package import Hummingbird
package import ServiceRuntime

/// `POST /v1/upsert`: programs tell of their teams, projects and users.
///
/// Each item is checked by itself: a bad one never harms its neighbours. All good ones are one transaction, so a request that
/// failed can be sent again as it was.
package struct UpsertRoute: Sendable {
    private let authenticator: Authenticator
    private let directory: DirectoryCache
    private let store: any DirectoryStore
    private let limit: Int
    private let clock: any WallClock

    /// Makes the route; a request may have `limit` items.
    package init(
        authenticator: Authenticator,
        directory: DirectoryCache,
        store: any DirectoryStore,
        limit: Int = 1_000,
        clock: any WallClock
    ) {
        self.authenticator = authenticator
        self.directory = directory
        self.store = store
        self.limit = limit
        self.clock = clock
    }

    /// Adds the route.
    package func add(to router: Router<OliverRequestContext>) {
        router.post("/v1/upsert") { request, context in try await upsert(request, context) }
    }

    private func upsert(_ request: Request, _ context: OliverRequestContext) async throws -> Response {
        let caller = try await authenticator.caller(of: request, needing: .upsert)
        try request.requireJSON()
        let bytes = try await request.inflatedBody(limit: context.maxBodySize)
        let body = try UpsertBody(try JSONValue(body: bytes), limit: limit)
        guard let name = try caller.named(body.workspace) else {
            throw Problem.invalid("workspace", code: "required", detail: "This key is bound to no workspace: name it.")
        }
        guard let workspace = await directory.findWorkspace(name) else {
            throw Problem.invalid("workspace", code: "unknown_workspace", detail: "There is no such workspace.")
        }
        guard workspace.archivedAt == nil else { throw Problem.archivedWorkspace }
        let result: UpsertResult
        do {
            result = try await store.upsert(
                body.upsert(in: name, from: caller.sourceApp),
                by: caller.author(in: context),
                at: clock.now
            )
        } catch let error as DirectoryError {
            switch error.code {
            case .notFound:
                throw Problem.invalid("workspace", code: "unknown_workspace", detail: "There is no such workspace.")
            default:
                throw Problem.unavailable("The directory cannot be reached at the moment.", retryAfter: .seconds(2))
            }
        }
        return .json(body.answer(result))
    }
}

extension Request {
    /// The body's bytes, inflated when they are gzip.
    fileprivate func inflatedBody(limit: Int) async throws -> [UInt8] {
        let bytes = Array(buffer: try await readBody(limit: limit))
        switch headers.value(of: .contentEncoding)?.lowercased() {
        case nil, "identity": return bytes
        case "gzip", "x-gzip":
            do throws(Gzip.Failure) {
                return try Gzip.inflate(bytes, limit: limit)
            } catch .tooLarge {
                throw Problem.tooLarge("The decompressed body is larger than \(limit) bytes.")
            } catch {
                throw Problem.badRequest("The body is not valid gzip.")
            }
        case let encoding?:
            throw Problem.unsupportedMediaType("Send the body as gzip or not encoded, not as \(encoding.prefix(32)).")
        }
    }
}
