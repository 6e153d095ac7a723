import Logging
import Postgres
import TestSupport
import Testing

let testLogger = Logger.quiet

/// Lends one database to a whole suite.
struct DatabaseTrait: SuiteTrait, TestScoping {
    @TaskLocal static var url: String?

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await withPostgres { url in
            try await Self.$url.withValue(url) { try await function() }
        }
    }
}

extension Trait where Self == DatabaseTrait {
    static var database: Self { DatabaseTrait() }
}

/// What needs a real server; all of it shares one database.
@Suite(.database, .timeLimit(.minutes(2)))
struct LiveTests {
    /// How to reach the shared database.
    static func configuration() throws -> PostgresConfiguration {
        try PostgresConfiguration(url: try #require(DatabaseTrait.url))
    }
}
