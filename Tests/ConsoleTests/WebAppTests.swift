import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging
import ServiceRuntime
import TestSupport
import Testing

@testable import Console

/// Whatever the web app consists of, it is served as the browser needs it, and never in place of the API.
@Suite struct WebAppTests {
    private let page = "<!doctype html><title>Oliver</title>"
    private let script = "console.log('oliver')"

    private func front(isHTTPS: Bool = false) -> HTTPFront {
        let policy = ContentSecurity(isHTTPS: isHTTPS, clock: SystemWallClock())
        let files = [
            WebFile(path: "/index.html", plain: Array(page.utf8), gzip: Array("zipped page".utf8)),
            WebFile(path: "/assets/main-A1.js", plain: Array(script.utf8), gzip: Array("zipped script".utf8)),
            WebFile(path: "/favicon.svg", plain: Array("<svg/>".utf8), gzip: nil),
        ].compactMap(\.self)
        let app = WebApp(files: files, policy: policy)
        let part = ServiceParts(
            name: "console",
            routes: { router in
                policy.add(to: router)
                router.post("/v1/things") { _, _ in "made" }
                app?.add(to: router)
            }
        )
        return HTTPFront(parts: [part], registry: PrometheusRegistry(), logger: .quiet)
    }

    private let browser: HTTPFields = [.accept: "text/html,application/xhtml+xml,*/*;q=0.8"]

    @Test(arguments: ["/", "/explore", "/usage/acme/some%20event", "/budgets/1?workspace=acme"])
    func `every page of the app is its one page`(_ path: String) async throws {
        let reply = try await front().send(.get, path, headers: browser)
        #expect(reply.status == .ok)
        #expect(reply.text == page)
        #expect(reply.headers[.cacheControl] == "no-cache")
        #expect(reply.headers[.contentType] == "text/html; charset=utf-8")
    }

    @Test(arguments: ["/v1/nothing", "/auth/nothing", "/assets/gone.js", "/openapi.json"])
    func `what is not the app's is never answered with its page`(_ path: String) async throws {
        let reply = try await front().send(.get, path, headers: browser)
        #expect(reply.status == .notFound)
        #expect(reply.text != page)
    }

    @Test func `programs get a problem where there is nothing, and 405 where there is another method`() async throws {
        let front = front()
        let nothing = try await front.send(.get, "/nothing", headers: [.accept: "application/json"])
        #expect(nothing.status == .notFound)
        #expect(nothing.headers[.contentType] == "application/problem+json")
        #expect(try await front.send(.post, "/nothing").status == .notFound)
        #expect(try await front.send(.get, "/v1/things", headers: browser).status == .methodNotAllowed)
    }

    @Test func `files with a hash in their name are kept for ever, and compressed for who reads that`() async throws {
        let front = front()
        let plain = try await front.send(.get, "/assets/main-A1.js")
        #expect(plain.text == script)
        #expect(plain.headers[.cacheControl] == "public, max-age=31536000, immutable")
        let zipped = try await front.send(.get, "/assets/main-A1.js", headers: [.acceptEncoding: "br, gzip;q=0.5"])
        #expect(zipped.text == "zipped script")
        #expect(zipped.headers[.contentEncoding] == "gzip")
        #expect(zipped.headers[.vary] == "accept-encoding")
        #expect(zipped.headers[.eTag] != plain.headers[.eTag])
        let refused = try await front.send(.get, "/assets/main-A1.js", headers: [.acceptEncoding: "gzip;q=0"])
        #expect(refused.text == script)
    }

    @Test func `what the browser has already is not sent again`() async throws {
        let front = front()
        let tag = try #require(try await front.send(.get, "/", headers: browser).headers[.eTag])
        let again = try await front.send(.get, "/", headers: [.ifNoneMatch: "\"other\", \(tag)"])
        #expect(again.status == .notModified)
        #expect(again.body.readableBytes == 0)
        #expect(again.headers[.contentSecurityPolicy] != nil)
        #expect(try await front.send(.get, "/", headers: [.ifNoneMatch: "\"other\""]).status == .ok)
    }

    @Test func `the page may run its own scripts and nothing else`() async throws {
        let reply = try await front(isHTTPS: true).send(.get, "/", headers: browser)
        let policy = try #require(reply.headers[.contentSecurityPolicy])
        #expect(policy.hasPrefix("default-src 'none'; script-src 'self'; style-src 'self'"))
        #expect(!policy.contains("unsafe"))
        #expect(policy.contains("frame-ancestors 'none'"))
        #expect(reply.headers[.xContentTypeOptions] == "nosniff")
        #expect(reply.headers[.strictTransportSecurity] != nil)
        let plain = try await front().send(.get, "/", headers: browser)
        #expect(plain.headers[.strictTransportSecurity] == nil)
    }

    @Test func `browsers may report, whatever they send`() async throws {
        let front = front()
        let report = #"{"csp-report":{"violated-directive":"script-src","blocked-uri":"https://evil.example"}}"#
        for body in [report, "no json", "{}", #"{"csp-report":[1]}"#] {
            #expect(try await front.send(.post, "/csp-report", body: body).status == .noContent)
        }
        let large = String(repeating: "x", count: 20_000)
        #expect(try await front.send(.post, "/csp-report", body: large).status == .contentTooLarge)
    }

    @Test func `a built app is found beside the executable, or where a setting says`() throws {
        let root = FileManager.default.temporaryDirectory.path + "/oliver-web-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: root) }
        let dist = root + "/Web/dist"
        try FileManager.default.createDirectory(atPath: dist + "/assets", withIntermediateDirectories: true)
        for (name, text) in [
            ("index.html", page), ("index.html.gz", "zipped"), ("assets/a.js", script), ("x.bin", "?"),
        ] {
            try Data(text.utf8).write(to: URL(filePath: "\(dist)/\(name)"))
        }
        let executable = root + "/.build/x86_64/debug/oliver"
        let folder = try #require(WebFolder.find(setting: "", executable: executable))
        #expect(folder == dist)
        #expect(WebFolder.find(setting: root, executable: executable) == nil)
        #expect(WebFolder.find(setting: "", executable: "/nowhere/oliver") == nil)
        let files = try WebFolder.read(folder)
        #expect(files.map(\.path) == ["/index.html", "/assets/a.js"])
        #expect(files.first?.gzip != nil)
    }
}
