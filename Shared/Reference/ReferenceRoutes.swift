internal import Crypto
internal import FoundationEssentials
internal import HTTPTypes
package import Hummingbird
package import ServiceRuntime

/// `GET /openapi.json` and `GET /reference`: what the API is, for programs and for people.
///
/// Anyone may read it: it says nothing about an installation but its version. Both are made once.
package struct ReferenceRoutes: Sendable {
    private struct Page: Sendable {
        let body: ByteBuffer
        let headers: HTTPFields
        let tag: String

        init(_ bytes: [UInt8], type: String, headers more: HTTPFields = [:]) {
            body = ByteBuffer(bytes: bytes)
            tag = "\"\(SHA256.hash(data: bytes).prefix(8).map { String($0, radix: 16) }.joined())\""
            var headers = more
            headers[.contentType] = type
            headers[.eTag] = tag
            headers[.cacheControl] = "no-cache"
            headers[.xContentTypeOptions] = "nosniff"
            self.headers = headers
        }

        func answer(_ request: Request) -> Response {
            guard request.headers[.ifNoneMatch] != tag else {
                return Response(status: .notModified, headers: [.eTag: tag, .cacheControl: "no-cache"])
            }
            return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: body))
        }
    }

    private let document: Page
    private let reference: Page

    /// Makes both answers.
    ///
    /// - Throws: ``APIDocument/Failure`` when the executable's resources are not complete.
    package init(_ document: APIDocument) throws {
        self.document = Page(document.content.bytes, type: "application/json")
        let page = try ReferencePage(document)
        reference = Page(
            Array(page.html.utf8),
            type: "text/html; charset=utf-8",
            headers: [.contentSecurityPolicy: Self.policy(of: page)]
        )
    }

    /// Adds the routes.
    package func add(to router: Router<OliverRequestContext>) {
        router.get("/openapi.json") { request, _ in document.answer(request) }
        router.get("/reference") { request, _ in reference.answer(request) }
    }

    /// The routes as a part of a process.
    package static func parts(_ services: [APIDocument.Part] = APIDocument.Part.allCases) throws -> ServiceParts {
        let routes = try ReferenceRoutes(APIDocument(services))
        return ServiceParts(name: "reference", routes: routes.add)
    }

    /// Nothing may be loaded from anywhere, and only the page's own script and style may run.
    private static func policy(of page: ReferencePage) -> String {
        func hash(_ text: String) -> String {
            "'sha256-\(Data(SHA256.hash(data: Array(text.utf8))).base64EncodedString())'"
        }
        let rules = [
            "default-src 'none'", "style-src \(hash(page.style))", "script-src \(hash(page.script))", "base-uri 'none'",
            "form-action 'none'", "frame-ancestors 'none'",
        ]
        return rules.joined(separator: "; ")
    }
}

extension ServiceDefinition {
    /// The service with the description of its API, for its own executable.
    package func withReference(to services: [APIDocument.Part]) -> ServiceDefinition {
        ServiceDefinition(name: name, summary: summary, defaultPort: defaultPort, niceness: niceness) {
            settings,
            context in
            let reference = try ReferenceRoutes(APIDocument(services))
            var parts = try await build(settings, context)
            let routes = parts.routes
            parts.routes = { router in
                routes(router)
                reference.add(to: router)
            }
            return parts
        }
    }
}
