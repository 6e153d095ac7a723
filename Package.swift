// swift-tools-version: 6.2
import PackageDescription

// Packages, pinned. Everything Oliver links is named here once.
extension Target.Dependency {
    static let argumentParser = product(name: "ArgumentParser", package: "swift-argument-parser")
    static let collections = product(name: "DequeModule", package: "swift-collections")
    static let configuration = product(name: "Configuration", package: "swift-configuration")
    static let crypto = product(name: "Crypto", package: "swift-crypto")
    static let cryptoExtras = product(name: "CryptoExtras", package: "swift-crypto")
    static let hummingbirdCore = product(name: "HummingbirdCore", package: "hummingbird")
    static let hummingbird = product(name: "Hummingbird", package: "hummingbird")
    static let httpTypes = product(name: "HTTPTypes", package: "swift-http-types")
    static let jwtKit = product(name: "JWTKit", package: "jwt-kit")
    static let lifecycle = product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let logging = product(name: "Logging", package: "swift-log")
    static let inMemoryLogging = product(name: "InMemoryLogging", package: "swift-log")
    static let metrics = product(name: "Metrics", package: "swift-metrics")
    static let coreMetrics = product(name: "CoreMetrics", package: "swift-metrics")
    static let nioCore = product(name: "NIOCore", package: "swift-nio")
    static let nioEmbedded = product(name: "NIOEmbedded", package: "swift-nio")
    static let nioPosix = product(name: "NIOPosix", package: "swift-nio")
    static let nioHTTP1 = product(name: "NIOHTTP1", package: "swift-nio")
    static let nioHTTPTypes = product(name: "NIOHTTPTypes", package: "swift-nio-extras")
    static let nioHTTPTypesHTTP1 = product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
    static let unixSignals = product(name: "UnixSignals", package: "swift-service-lifecycle")
    static let protobuf = product(name: "SwiftProtobuf", package: "swift-protobuf")
    static let yams = product(name: "Yams", package: "Yams")
}

/// A service is a library target, which the all-in-one process composes, and a thin executable around it.
func service(
    _ folder: String,
    library: String,
    executable: String,
    _ dependencies: [Target.Dependency],
    excluding documents: [String] = [],
    resources: [Resource] = []
) -> [Target] {
    [
        .target(
            name: library,
            dependencies: dependencies,
            path: "Services/\(folder)",
            exclude: ["README.md", "Server"] + documents,
            resources: resources
        ),
        .executableTarget(
            name: executable,
            dependencies: [.target(name: library), "Reference", "ServiceRuntime"],
            path: "Services/\(folder)/Server"
        ),
    ]
}

func shared(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "Shared/\(name)", resources: resources)
}

func tests(_ module: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: "\(module)Tests", dependencies: dependencies, path: "Tests/\(module)Tests")
}

var targets: [Target] = [
    .systemLibrary(name: "CCurl", path: "Shared/CCurl"),
    .systemLibrary(name: "CHiredis", path: "Shared/CHiredis"),
    .systemLibrary(name: "CPostgres", path: "Shared/CPostgres", pkgConfig: "libpq"),
    .systemLibrary(name: "CSpawn", path: "Shared/CSpawn"),
    .systemLibrary(name: "CZlib", path: "Shared/CZlib"),
    shared("Domain"),
    shared("Calendars", ["Domain"]),
    shared("BlockingExecutor"),
    shared("Streams", [.lifecycle, .logging, .coreMetrics]),
    shared("Redis", ["Domain", "Streams", "CHiredis", .collections, .logging, .nioCore, .nioPosix]),
    shared("Postgres", ["Domain", "BlockingExecutor", "CPostgres", .logging]),
    shared("Mail", ["Domain"]),
    shared("Outbound", ["BlockingExecutor", "CCurl"]),
    shared("LocalServers", ["BlockingExecutor", "CSpawn", .logging]),
    shared(
        "ServiceRuntime",
        [
            "Domain", "Wire", .argumentParser, .configuration, .hummingbird, .hummingbirdCore, .httpTypes, .lifecycle,
            .logging, .metrics, .coreMetrics, .nioCore, .nioPosix, .nioHTTP1, .nioHTTPTypes, .nioHTTPTypesHTTP1,
            .unixSignals,
        ]
    ),
    shared("TestSupport", ["Domain", "LocalServers", "ServiceRuntime", .hummingbird, .lifecycle, .logging]),
    shared("Access", ["Domain", "ServiceRuntime", .crypto, .hummingbird, .httpTypes]),
    shared(
        "Directory",
        ["Domain", "Calendars", "Postgres", "Access", "ServiceRuntime", .crypto, .lifecycle, .logging]
    ),
    shared("Ledger", ["Calendars", "Directory", "Domain", "Postgres", "ServiceRuntime", "Streams", .logging]),
    shared("UsageExtraction", ["Domain", "ServiceRuntime", "Wire"]),
    shared("Demo", ["Domain", "Ledger", "Streams", "Wire"]),
    shared("BudgetBook", ["Directory", "Domain", "Postgres", "ServiceRuntime", "Streams", .lifecycle, .logging]),
    shared(
        "Backends",
        [
            "Access", "Directory", "Domain", "Ledger", "Postgres", "Redis", "ServiceRuntime", "Streams", "Wire",
            .coreMetrics, .lifecycle, .logging,
        ]
    ),
    .target(
        name: "Reference",
        dependencies: ["ServiceRuntime", .crypto, .httpTypes, .hummingbird, .yams],
        path: "Shared/Reference",
        resources: [.copy("api"), .copy("Page/page.css"), .copy("Page/page.js")]
    ),
    .target(
        name: "PriceBook",
        dependencies: ["Domain"],
        path: "Shared/PriceBook",
        exclude: ["README.md"]
    ),
    .target(
        name: "Wire",
        dependencies: ["Domain", .protobuf, .crypto],
        path: "Shared/Wire",
        exclude: ["Proto/usage.proto"]
    ),
    .target(
        name: "PriceDesk",
        dependencies: [
            "BlockingExecutor", "Calendars", "Domain", "Postgres", "PriceBook", "ServiceRuntime", "Streams",
            .coreMetrics, .lifecycle, .logging, .yams,
        ],
        path: "Shared/PriceDesk",
        exclude: ["Catalogue/README.md"],
        resources: [.copy("Catalogue/models.yaml")]
    ),
]

targets += service(
    "ingest",
    library: "Ingest",
    executable: "IngestServer",
    [
        "Access", "Backends", "CZlib", "Directory", "Domain", "Redis", "ServiceRuntime", "Streams", "UsageExtraction",
        "Wire", .coreMetrics, .hummingbird, .httpTypes, .lifecycle, .logging, .protobuf,
    ],
    excluding: ["Traces/Proto/otlp.proto", "Traces/Proto/status.proto"]
)
targets += service(
    "pricing",
    library: "Pricing",
    executable: "PricingServer",
    [
        "Access", "Backends", "BlockingExecutor", "Calendars", "Directory", "Domain", "Ledger", "Outbound", "Postgres",
        "PriceBook", "PriceDesk", "ServiceRuntime", "Streams", "UsageExtraction", "Wire",
        .coreMetrics, .crypto, .httpTypes, .hummingbird, .lifecycle, .logging,
    ],
    excluding: ["Resources/LICENCE.md"],
    resources: [.copy("Resources/litellm_prices.json")]
)
targets += service(
    "budget",
    library: "Budgets",
    executable: "BudgetServer",
    [
        "Access", "Backends", "BudgetBook", "Calendars", "Directory", "Domain", "Ledger", "PriceBook", "PriceDesk",
        "Redis", "ServiceRuntime", "Streams", "Wire", .coreMetrics, .crypto, .httpTypes, .hummingbird, .lifecycle,
        .logging,
    ]
)
targets += service(
    "analytics",
    library: "Analytics",
    executable: "AnalyticsServer",
    [
        "Access", "Backends", "Calendars", "Directory", "Domain", "Ledger", "ServiceRuntime", "Streams", "Wire",
        .coreMetrics, .httpTypes, .hummingbird, .lifecycle, .logging,
    ]
)
targets += service(
    "alerts",
    library: "Alerts",
    executable: "AlertsServer",
    [
        "Access", "Backends", "BudgetBook", "Calendars", "Directory", "Domain", "Ledger", "Mail", "Outbound",
        "Postgres", "ServiceRuntime", "Streams", "Wire",
        .coreMetrics, .crypto, .httpTypes, .hummingbird, .lifecycle, .logging,
    ]
)
targets += service(
    "console",
    library: "Console",
    executable: "ConsoleServer",
    [
        "Access", "Backends", "BlockingExecutor", "BudgetBook", "Calendars", "Directory", "Domain", "Ledger",
        "Outbound", "Postgres", "Redis", "ServiceRuntime", "Streams", "Wire",
        .coreMetrics, .crypto, .cryptoExtras, .httpTypes, .hummingbird, .jwtKit, .lifecycle, .logging,
    ]
)
targets += [
    .target(
        name: "OliverCommands",
        dependencies: [
            "Access", "Alerts", "Analytics", "Backends", "BudgetBook", "Budgets", "CZlib", "Calendars", "Console",
            "Demo", "Directory", "Domain", "Ingest", "Ledger", "LocalServers", "Outbound", "Postgres", "PriceDesk",
            "Pricing", "Redis", "Reference", "ServiceRuntime", "Streams", "Wire", .argumentParser, .crypto, .lifecycle,
            .logging,
        ],
        path: "Services/oliver",
        exclude: ["README.md", "Server"]
    ),
    .executableTarget(name: "Oliver", dependencies: ["OliverCommands"], path: "Services/oliver/Server"),
]

targets.append(
    // What `./oliver bench` measures the pricing engine with; it must be in this package to see it.
    .executableTarget(
        name: "PriceEngine",
        dependencies: ["Domain", "PriceBook", "Wire"],
        path: "Benchmarks/PriceEngine"
    )
)

targets += [
    tests("Access", ["Access", "Domain", "ServiceRuntime", .httpTypes, .hummingbird, .logging]),
    tests(
        "Alerts",
        [
            "Access", "Alerts", "BudgetBook", "Calendars", "Directory", "Domain", "Ledger", "Outbound", "Postgres",
            "ServiceRuntime",
            "Streams", "TestSupport", "Wire",
            .coreMetrics, .crypto, .httpTypes, .hummingbird, .logging, .nioCore,
        ]
    ),
    tests(
        "Analytics",
        [
            "Analytics", "Calendars", "Domain", "Ledger", "Postgres", "ServiceRuntime", "Streams", "TestSupport",
            "Wire", .coreMetrics, .logging,
        ]
    ),
    tests("BlockingExecutor", ["BlockingExecutor"]),
    tests(
        "Budget",
        [
            "Access", "BudgetBook", "Budgets", "Calendars", "Directory", "Domain", "Ledger", "LocalServers", "Postgres",
            "PriceBook", "PriceDesk", "Redis", "ServiceRuntime", "Streams", "TestSupport", "Wire", .coreMetrics,
            .httpTypes,
            .hummingbird, .lifecycle,
            .logging,
        ]
    ),
    tests(
        "BudgetBook",
        ["BudgetBook", "Directory", "Domain", "Postgres", "ServiceRuntime", "TestSupport", .lifecycle, .logging]
    ),
    tests("Calendars", ["Calendars", "Domain"]),
    tests(
        "Catalogue",
        [
            "Domain", "PriceBook", "PriceDesk", "Pricing", "ServiceRuntime", "TestSupport", .coreMetrics,
            .inMemoryLogging,
            .logging,
        ]
    ),
    tests(
        "Console",
        [
            "Access", "BudgetBook", "Console", "Directory", "Domain", "Ledger", "LocalServers", "Outbound", "Postgres",
            "ServiceRuntime", "Streams", "TestSupport",
            .crypto, .httpTypes, .hummingbird, .jwtKit, .logging, .nioCore,
        ]
    ),
    tests(
        "Directory",
        ["Access", "Directory", "Domain", "Postgres", "ServiceRuntime", "TestSupport", .lifecycle, .logging]
    ),
    tests("Domain", ["Domain"]),
    tests(
        "Ingest",
        [
            "Access", "Directory", "Domain", "Ingest", "ServiceRuntime", "Streams", "Wire",
            .lifecycle, .coreMetrics, .httpTypes, .hummingbird, .logging, .protobuf,
        ]
    ),
    tests(
        "Ledger",
        ["Calendars", "Demo", "Directory", "Domain", "Ledger", "Postgres", "Streams", "TestSupport", "Wire", .logging]
    ),
    tests(
        "Live",
        [
            "BlockingExecutor", "CZlib", "Domain", "LocalServers", "Postgres", "Redis", "Streams", "TestSupport",
            .logging,
        ]
    ),
    tests("Mail", ["Domain", "Mail"]),
    tests(
        "Outbound",
        [
            "Outbound", "ServiceRuntime", "TestSupport", .httpTypes, .hummingbird, .nioCore,
            .nioPosix,
        ]
    ),
    tests("LocalServers", ["Domain", "LocalServers", "TestSupport", .logging]),
    tests(
        "Oliver",
        [
            "Access", "CZlib", "Directory", "Domain", "LocalServers", "OliverCommands", "Postgres", "Redis",
            "ServiceRuntime", "Streams", "TestSupport",
            .argumentParser, .httpTypes, .hummingbird, .logging, .nioCore,
        ]
    ),
    tests(
        "Pipeline",
        [
            "Access", "Analytics", "Directory", "Domain", "Ingest", "Ledger", "PriceBook", "PriceDesk", "Pricing",
            "ServiceRuntime", "Streams", "TestSupport", .coreMetrics, .httpTypes, .hummingbird, .lifecycle, .logging,
        ]
    ),
    tests("Postgres", ["CPostgres", "Domain", "Postgres", "LocalServers", "TestSupport", .logging]),
    tests("PriceBook", ["Domain", "PriceBook"]),
    tests(
        "Pricing",
        [
            "Access", "Directory", "Domain", "Ledger", "Postgres", "PriceBook", "PriceDesk", "Pricing",
            "ServiceRuntime",
            "Streams", "TestSupport", "Wire",
            .coreMetrics, .httpTypes, .hummingbird, .logging, .nioCore,
        ]
    ),
    tests(
        "Redis",
        ["Domain", "LocalServers", "Redis", "Streams", "TestSupport", .logging, .nioCore, .nioEmbedded, .nioPosix]
    ),
    tests(
        "ServiceRuntime",
        [
            "Domain", "ServiceRuntime", "TestSupport", .argumentParser, .configuration, .coreMetrics, .httpTypes,
            .hummingbird, .lifecycle, .logging, .metrics, .nioCore, .nioEmbedded, .nioHTTPTypes, .nioPosix,
        ]
    ),
    tests(
        "Reference",
        [
            "Alerts", "Analytics", "Budgets", "Console", "Ingest", "Pricing", "Reference", "ServiceRuntime",
            "TestSupport",
            .coreMetrics, .httpTypes, .hummingbird, .logging,
        ]
    ),
    tests("Streams", ["Streams", "TestSupport", .coreMetrics, .lifecycle, .logging]),
    tests("UsageExtraction", ["Domain", "UsageExtraction", "Wire"]),
    tests("Wire", ["Domain", "Wire"]),
]

// Settings applied once, to every Swift target.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
    .treatAllWarnings(as: .error),
]
let unsafeModules: Set<String> = ["Redis", "Postgres", "BlockingExecutor", "Outbound"]
for target in targets where target.type != .system {
    target.swiftSettings = settings + (unsafeModules.contains(target.name) ? [.strictMemorySafety()] : [])
}

let package = Package(
    name: "oliver",
    products: [
        .executable(name: "ingest", targets: ["IngestServer"]),
        .executable(name: "pricing", targets: ["PricingServer"]),
        .executable(name: "budget", targets: ["BudgetServer"]),
        .executable(name: "alerts", targets: ["AlertsServer"]),
        .executable(name: "analytics", targets: ["AnalyticsServer"]),
        .executable(name: "console", targets: ["ConsoleServer"]),
        .executable(name: "oliver", targets: ["Oliver"]),
        .executable(name: "price-engine", targets: ["PriceEngine"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration", exact: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
        .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit", exact: "5.7.1"),
    ],
    targets: targets
)
