internal import Domain
package import Postgres
package import PriceBook

/// The price versions in PostgreSQL, for whoever only reads them.
package struct PostgresPriceHistory: PriceHistory {
    private let pool: PostgresPool

    /// Reads over a pool whose database has ``PriceSchema/migrations``.
    package init(pool: PostgresPool) {
        self.pool = pool
    }

    package func version() async throws -> Int64 {
        try await translating {
            let rows = try await pool.query("SELECT version FROM price_book")
            guard let row = rows.first else { throw PriceStoreError(.unavailable, "The price book has no version.") }
            return try row.value("version")
        }
    }

    package func changes(after version: Int64?) async throws -> StoredPriceChanges {
        try await translating {
            // First the version: what commits meanwhile is read too, and once more the next time.
            let present = try await self.version()
            let rows = try await pool.query(changedPrices, [.int(version ?? -1)])
            var reader = PriceEntryReader()
            return StoredPriceChanges(version: present, prices: try rows.map { try StoredPrice(row: $0, &reader) })
        }
    }

    /// Runs a body of queries; turns PostgreSQL's errors into the store's.
    private func translating<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as PostgresError {
            throw PriceStoreError(.unavailable, "The price store failed.", underlying: error)
        }
    }
}

private let changedPrices: SQL = """
    SELECT id, source, workspace, key, content, content_version, valid_from, valid_to, recorded_at, sync_id, author,
        reason, closed_at, closed_by, withdrawn
    FROM price_versions WHERE changed_version > $1 ORDER BY id
    """

extension StoredPrice {
    /// Reads a row of `price_versions` with a reader of its own; many rows are faster with one that is kept.
    package init(row: PostgresRow) throws {
        var reader = PriceEntryReader()
        try self.init(row: row, &reader)
    }

    /// Reads a row of `price_versions`.
    package init(row: PostgresRow, _ reader: inout PriceEntryReader) throws {
        guard let source = PriceSource(rawValue: UInt8(clamping: try row.value("source", as: Int.self))) else {
            throw PriceStoreError(.unavailable, "A stored price has a source that this version does not know.")
        }
        var entry = try reader.entry(key: try row.value("key"), stored: try row.value("content"))
        entry.validFrom = try row.optional("valid_from")
        entry.validTo = try row.optional("valid_to")
        self.init(
            version: PriceVersion(
                id: try row.value("id"),
                source: source,
                workspace: try row.optional("workspace"),
                entry: entry,
                recordedAt: try row.value("recorded_at")
            ),
            contentVersion: UInt64(bitPattern: try row.value("content_version")),
            syncID: try row.optional("sync_id"),
            author: try row.optional("author"),
            reason: try row.optional("reason"),
            closedAt: try row.optional("closed_at"),
            closedBy: try row.optional("closed_by"),
            isWithdrawn: try row.value("withdrawn")
        )
    }
}

extension PriceEntryReader {
    /// Reads content that the store wrote.
    package mutating func entry(key: String, stored content: String) throws(PriceStoreError) -> PriceEntry {
        do {
            return try entry(key: key, json: Array(content.utf8))
        } catch {
            throw PriceStoreError(.unavailable, "The stored prices of \(key) cannot be read.", underlying: error)
        }
    }
}
