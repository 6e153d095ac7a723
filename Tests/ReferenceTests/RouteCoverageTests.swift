import Alerts
import Analytics
import Budgets
import Console
import CoreMetrics
import HTTPTypes
import Hummingbird
import Ingest
import Logging
import Pricing
import Reference
import ServiceRuntime
import TestSupport
import Testing

/// The documents describe what there is: built from the services' real routers, over real servers.
@Suite struct RouteCoverageTests {
    @Test func `every route of every service is in its document, and every operation has a route`() async throws {
        try await withRedis { redis in
            try await withPostgres { postgres in
                for part in APIDocument.Part.allCases {
                    let routes = try await Self.routes(of: part, redis: redis, postgres: postgres)
                    let operations = try Self.operations(of: APIDocument([part]))
                    #expect(routes.subtracting(operations) == [], "routes of \(part.rawValue) that are in no document")
                    #expect(operations.subtracting(routes) == [], "operations of \(part.rawValue) without a route")
                }
            }
        }
    }

    /// The routes of the API that a service adds; those of every process are served to other tests.
    private static func routes(of part: APIDocument.Part, redis: String, postgres: String) async throws -> Set<String> {
        var common = CommonConfiguration()
        common.redisURL = redis
        common.postgresURL = postgres
        let context = BuildContext(
            name: part.rawValue,
            logger: .quiet,
            metrics: NOOPMetricsHandler.instance,
            common: common
        )
        let settings = await SettingsReader.load(environment: ["OLIVER_PRICING_SYNC": "false"]).scoped(
            to: part.rawValue
        )
        let parts =
            switch part {
            case .ingest: try await buildIngest(.init(reader: settings), context)
            case .budget: try await buildBudget(.init(reader: settings), context)
            case .pricing: try await buildPricing(.init(reader: settings), context)
            case .analytics: try await buildAnalytics(.init(reader: settings), context)
            case .alerts: try await buildAlerts(.init(reader: settings), context)
            case .console: try await buildConsole(.init(reader: settings), context)
            }
        let router = Router(context: OliverRequestContext.self)
        parts.routes(router)
        let routes = router.routes.map { (method: $0.method.rawValue, path: pattern($0.path.description)) }
        return Set(routes.filter { isDescribed($0.path) }.map { "\($0.method) \($0.path)" })
    }

    /// Whether a route belongs to the API; the files of the web app, and what browsers report about it, do not.
    private static func isDescribed(_ path: String) -> Bool {
        path.hasPrefix("/v1/") || path.hasPrefix("/auth/")
    }

    private static func operations(of document: APIDocument) -> Set<String> {
        var found: Set<String> = []
        for path in document.content["paths"]?.members ?? [] where isDescribed(path.name) {
            for member in path.value.members where member.name != "parameters" {
                found.insert("\(member.name.uppercased()) \(pattern(path.name))")
            }
        }
        return found
    }

    /// A path with `*` for each of its parameters.
    private static func pattern(_ path: String) -> String {
        "/"
            + path.split(separator: "/").map { segment in
                segment.hasPrefix(":") || segment.hasPrefix("{") || segment == "**" ? "*" : String(segment)
            }.joined(separator: "/")
    }
}
