package import Domain
package import Postgres
internal import PriceDesk
internal import Synchronization

/// Knows which models had events lately.
package protocol UsedModels: Sendable {
    /// The keys of the price map that events since a time were priced by, or would be.
    func keys(since time: Timestamp) async throws -> Set<String>
}

/// A provider and a model as an event named them.
package struct UsedModel: Hashable, Sendable {
    package var provider: String
    package var model: String

    package init(provider: String, model: String) {
        self.provider = provider
        self.model = model
    }
}

/// The models of the ledger's rollups.
package struct LedgerUsedModels: UsedModels {
    private let pool: PostgresPool
    private let keys: @Sendable (UsedModel) -> [String]

    /// Models of one answer at most; a ledger with more counts the first ones by name.
    private static let limit = 50_000

    /// Makes it over a pool of the ledger's database.
    ///
    /// - Parameters:
    ///   - pool: The pool; a database without a ledger has no used models.
    ///   - keys: The keys of the price map that a model's events are priced by, as the present book resolves its name.
    package init(pool: PostgresPool, keys: @escaping @Sendable (UsedModel) -> [String]) {
        self.pool = pool
        self.keys = keys
    }

    package func keys(since time: Timestamp) async throws -> Set<String> {
        try await models(since: time).reduce(into: []) { $0.formUnion(keys($1)) }
    }

    /// The models that had events since a time.
    ///
    /// - Throws: ``PriceStoreError``.
    package func models(since time: Timestamp) async throws -> [UsedModel] {
        do {
            let table = try await pool.query("SELECT to_regclass('rollups') IS NOT NULL AS found")
            guard try table.first?.value("found") ?? false else { return [] }
            let rows = try await pool.query(usedModels, [.timestamp(time), .int(Self.limit)])
            return try rows.map { UsedModel(provider: try $0.value("provider"), model: try $0.value("model")) }
        } catch let error as PostgresError {
            throw PriceStoreError(.unavailable, "The ledger's models cannot be read.", underlying: error)
        }
    }
}

private let usedModels: SQL = """
    SELECT DISTINCT provider, model FROM series
    WHERE id IN (SELECT series_id FROM rollups WHERE bucket >= $1::timestamptz)
    ORDER BY provider, model LIMIT $2
    """

/// A fixed set, for tests.
package final class FixedUsedModels: UsedModels {
    private let present: Mutex<Set<String>>

    package init(_ keys: Set<String> = []) {
        present = Mutex(keys)
    }

    package func set(_ keys: Set<String>) {
        present.withLock { $0 = keys }
    }

    package func keys(since time: Timestamp) async throws -> Set<String> {
        present.withLock { $0 }
    }
}
