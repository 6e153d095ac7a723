internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import ServiceRuntime

/// The web app: files that are in memory, each under its own path, and the page for all paths that are the app's own.
struct WebApp: Sendable {
    private let files: [WebFile]
    private let page: WebFile
    private let policy: ContentSecurity

    /// Takes the files of a built app; nil without its page.
    init?(files: [WebFile], policy: ContentSecurity) {
        guard let page = files.first(where: { $0.path == "/index.html" }) else { return nil }
        self.files = files
        self.page = page
        self.policy = policy
    }

    /// Finds and reads the app; without one the service goes on and says so.
    static func load(setting: String, policy: ContentSecurity, logger: Logger) -> WebApp? {
        guard let folder = WebFolder.find(setting: setting, executable: WebFolder.executable) else {
            logger.warning("there is no web app: build it, or say in OLIVER_CONSOLE_WEB where it is")
            return nil
        }
        do {
            let app = WebApp(files: try WebFolder.read(folder), policy: policy)
            logger.debug("the web app is read", metadata: ["web.folder": .string(folder)])
            return app
        } catch {
            logger.error("the web app cannot be read", error: error, metadata: ["web.folder": .string(folder)])
            return nil
        }
    }

    /// Adds the files' routes, and the page's for every path that nothing else takes.
    func add(to router: Router<OliverRequestContext>) {
        for file in files where file.path != page.path {
            router.get(RouterPath(file.path)) { request, _ in answer(request, with: file) }
        }
        router.get("/") { request, _ in answer(request, with: page) }
        router.add(middleware: WebAppFallback { answer($0, with: page) })
    }

    private func answer(_ request: Request, with file: WebFile) -> Response {
        let compressed = request.takesGzip ? file.gzip : nil
        let tag = "\"\(file.tag)\(compressed == nil ? "" : "-gzip")\""
        var headers = policy.headers(isPage: file.path == page.path)
        headers[.eTag] = tag
        headers[.cacheControl] = file.isImmutable ? "public, max-age=31536000, immutable" : "no-cache"
        if file.gzip != nil { headers[.vary] = "accept-encoding" }
        if request.headers[.ifNoneMatch].map({ names(tag, in: $0) }) ?? false {
            return Response(status: .notModified, headers: headers)
        }
        headers[.contentType] = file.type
        if compressed != nil { headers[.contentEncoding] = "gzip" }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: compressed ?? file.plain))
    }

    private func names(_ tag: String, in field: String) -> Bool {
        field.split(separator: ",").contains { part in
            let text = part.drop { $0 == " " }.prefix { $0 != " " }
            return text == tag || text == "W/\(tag)" || text == "*"
        }
    }
}

extension Request {
    /// Whether the client reads gzip.
    fileprivate var takesGzip: Bool {
        guard let accepted = headers[.acceptEncoding] else { return false }
        return accepted.split(separator: ",").contains { coding in
            let parts = coding.split(separator: ";").map { $0.filter { $0 != " " }.lowercased() }
            guard let name = parts.first, name == "gzip" || name == "*" else { return false }
            return !parts.dropFirst().contains { $0.hasPrefix("q=0") && !$0.contains { ("1"..."9").contains($0) } }
        }
    }
}

/// Gives the app's page for paths that are the app's own: those that no route takes, when a browser asks for a page.
struct WebAppFallback: RouterMiddleware {
    typealias Context = OliverRequestContext

    /// What belongs to the API and never to the app.
    private static let reserved = ["/v1", "/auth", "/assets", "/healthz", "/readyz", "/metrics", "/openapi.json"]

    let page: @Sendable (Request) -> Response

    func handle(
        _ request: Request,
        context: OliverRequestContext,
        next: @concurrent (Request, OliverRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound && Self.isForApp(request) {
            return page(request)
        }
    }

    private static func isForApp(_ request: Request) -> Bool {
        guard request.method == .get || request.method == .head else { return false }
        guard request.headers[.accept]?.contains("text/html") ?? false else { return false }
        let path = request.uri.path
        return !reserved.contains { path == $0 || path.hasPrefix($0 + "/") }
    }
}
