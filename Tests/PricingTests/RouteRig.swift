import Access
import Domain
import HTTPTypes
import Hummingbird
import PriceBook
import ServiceRuntime
import TestSupport
import Testing

import PriceDesk
@testable import Pricing

/// The routes over a store in memory, without a socket.
struct RouteRig {
    let rig: SyncRig
    let front: HTTPFront
    private let keys: [String: RawKey]

    init(url: String? = nil) async throws {
        let holder = PriceBookHolder(zones: .fixed)
        let rig = SyncRig(url: url, onChange: holder.replace)
        let clock = rig.clock
        self.rig = rig
        let verifier = KeyVerifier(wallClock: clock)
        keys = Self.makeKeys(for: verifier, at: clock.now)
        let authenticator = Authenticator(verifier: verifier)
        let overrides = OverrideRoutes(
            authenticator: authenticator,
            store: rig.store,
            cache: rig.cache,
            hasWorkspace: { $0 == "acme" || $0 == "b" },
            clock: rig.clock
        )
        let syncs = SyncRoutes(
            authenticator: authenticator,
            store: rig.store,
            cache: rig.cache,
            sync: rig.sync,
            clock: rig.clock
        )
        let prices = PriceRoutes(
            authenticator: authenticator,
            cache: rig.cache,
            resolve: { holder.mapKey(provider: $0, model: $1, at: clock.now) },
            clock: rig.clock
        )
        let parts = [overrides.add, syncs.add, prices.add].map { ServiceParts(name: "test", routes: $0) }
        front = HTTPFront(parts: parts, registry: PrometheusRegistry(), logger: .quiet, clock: rig.clock)
    }

    private static func makeKeys(for verifier: KeyVerifier, at now: Timestamp) -> [String: RawKey] {
        let wanted: [(String, Scopes, String?)] = [
            ("admin", .admin, nil), ("acme", .admin, "acme"), ("reader", .read, nil), ("reader-b", .read, "b"),
            ("recorder", .record, nil),
        ]
        var keys: [String: RawKey] = [:]
        for (name, scopes, workspace) in wanted {
            let (key, raw) = APIKey.make(
                name: name,
                scopes: scopes,
                workspace: workspace,
                sourceApp: "test",
                createdAt: now,
                createdBy: "test"
            )
            verifier.update([key])
            keys[name] = raw
        }
        verifier.confirm(asOf: SystemUptimeClock().uptime)
        return keys
    }

    /// Sends a request; the answer's body as JSON.
    func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ body: String = "",
        as key: String = "admin",
        expecting status: HTTPResponse.Status = .ok
    ) async throws -> JSONValue {
        var headers: HTTPFields = [.authorization: "Bearer \(keys[key]?.text ?? "")"]
        if !body.isEmpty { headers[.contentType] = "application/json" }
        let reply = try await front.send(method, path, headers: headers, body: body)
        #expect(reply.status == status, "\(method) \(path): \(reply.text)")
        return try JSONValue(parsing: Array(reply.text.utf8))
    }
}

extension JSONValue {
    var elements: [JSONValue] {
        if case .array(let elements) = self { elements } else { [] }
    }

    var integer: Int? {
        if case .number(let text) = self { Int(text) } else { nil }
    }

    /// The names of the fields at fault.
    var faults: [String] {
        (self["invalid_parameters"]?.elements ?? []).compactMap { $0["name"]?.text }
    }
}
