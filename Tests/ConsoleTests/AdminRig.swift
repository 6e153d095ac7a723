import Access
import BudgetBook
@testable import Console
import Directory
import Domain
import HTTPTypes
import Hummingbird
import Ledger
import Postgres
import ServiceRuntime
import Streams
import TestSupport

/// The administration's routes over a fresh database, without a socket.
struct AdminRig: Sendable {
    let pool: PostgresPool
    let front: HTTPFront
    let verifier: KeyVerifier
    private let keys: [String: RawKey]

    static let now = Timestamp(seconds: 1_800_000_000)

    /// Who asks in the tests, by name.
    private static let callers: [(String, Scopes, String?)] = [
        ("admin", .admin, nil), ("acme", .admin, "acme"), ("other", .admin, "other"), ("reader", .read, nil),
        ("recorder", .record, nil),
    ]

    static func with(_ body: @escaping @Sendable (AdminRig) async throws -> Void) async throws {
        try await withPostgres { url in
            let configuration = try PostgresConfiguration(url: url)
            let migrations = Directory.migrations + LedgerSchema.migrations + BudgetSchema.migrations
            _ = try await PostgresMigrator(migrations, configuration: configuration, logger: .quiet).apply()
            let pool = PostgresPool(configuration, logger: .quiet)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await pool.run() }
                let store = PostgresDirectoryStore(pool: pool)
                try await store.create(Workspace(id: "acme", createdAt: now))
                try await store.create(Workspace(id: "other", createdAt: now))
                try await body(AdminRig(pool: pool))
                group.cancelAll()
            }
        }
    }

    private init(pool: PostgresPool) {
        self.pool = pool
        let clock = StoppedClock()
        let verifier = KeyVerifier(wallClock: clock)
        var keys: [String: RawKey] = [:]
        for (name, scopes, workspace) in Self.callers {
            let (key, raw) = APIKey.make(
                name: name,
                scopes: scopes,
                workspace: workspace,
                sourceApp: "tests",
                createdAt: Self.now,
                createdBy: "test"
            )
            verifier.update([key])
            keys[name] = raw
        }
        verifier.confirm(asOf: SystemUptimeClock().uptime)
        self.verifier = verifier
        self.keys = keys
        let routes = AdministrationRoutes(
            authenticator: Authenticator(verifier: verifier),
            pool: pool,
            ledger: PostgresLedgerStore(pool: pool, logger: .quiet),
            revocations: InMemoryRevocationFeed(),
            refresh: {},
            clock: clock
        )
        let deadLetters = DeadLetterRoutes(
            authenticator: Authenticator(verifier: verifier),
            streams: InMemoryStreams(now: { 1_800_000_000_000 }),
            postgres: pool,
            clock: clock
        )
        front = HTTPFront(
            parts: [
                ServiceParts(name: "console", routes: { routes.add(to: $0) }),
                ServiceParts(name: "operations", routes: { deadLetters.add(to: $0) }),
            ],
            registry: PrometheusRegistry(),
            logger: .quiet
        )
    }

    /// Sends a request as one of the callers.
    func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        as caller: String = "admin",
        ifMatch version: String? = nil,
        body: String = ""
    ) async throws -> Answer {
        var headers: HTTPFields = [:]
        if let key = keys[caller] { headers[.authorization] = "Bearer \(key.text)" }
        if !body.isEmpty { headers[.contentType] = "application/json" }
        if let version { headers[.ifMatch] = version }
        let reply = try await front.send(method, path, headers: headers, body: body)
        let bytes = Array(buffer: reply.body)
        return Answer(
            status: reply.status.code,
            eTag: reply.headers[.eTag],
            location: reply.headers[.location],
            text: reply.text,
            body: (try? JSONValue(parsing: bytes)) ?? .null
        )
    }

    /// An answer with its body read.
    struct Answer: Sendable {
        let status: Int
        let eTag: String?
        let location: String?
        let text: String
        let body: JSONValue

        /// The ids of a list's items.
        var ids: [String?] { body["items"]?.list?.map { $0["id"]?.text } ?? [] }
        var next: String? { body["next"]?.text }
        /// The names of the fields at fault.
        var faults: [String?] { body["invalid_parameters"]?.list?.map { $0["name"]?.text } ?? [] }
        subscript(name: String) -> String? { body[name].map { $0.text ?? $0.numberText ?? "\($0)" } }
    }

    /// What the audit log tells, oldest first.
    func audited() async throws -> [AuditRecord] {
        try await AuditLog(pool: pool).page(AuditQuery(), .oldestFirst, limit: 1_000)
    }
}

private struct StoppedClock: WallClock {
    var now: Timestamp { AdminRig.now }
}
