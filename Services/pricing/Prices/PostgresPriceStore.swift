internal import Directory
package import Domain
package import Postgres
package import PriceBook
package import PriceDesk

/// The price store in PostgreSQL.
package struct PostgresPriceStore: PriceStore {
    let pool: PostgresPool

    /// Makes a store over a pool whose database has ``PriceSchema/migrations``.
    package init(pool: PostgresPool) {
        self.pool = pool
    }

    private var history: PostgresPriceHistory { PostgresPriceHistory(pool: pool) }

    package func version() async throws -> Int64 { try await history.version() }

    package func changes(after version: Int64?) async throws -> StoredPriceChanges {
        try await history.changes(after: version)
    }

    package func create(_ override: NewOverride, at time: Timestamp) async throws -> StoredPrice {
        try await translating {
            try await pool.withTransaction { connection in
                // The version's row lock makes two overrides of one model take turns.
                let version = try await nextVersion(on: connection)
                let others = try await connection.query(
                    overridesOfModel,
                    [.int(Int(PriceSource.override.rawValue)), .text(override.workspace), .text(override.entry.key)]
                ).map { try StoredPrice(row: $0) }
                if var old = try override.predecessor(among: others), let start = override.entry.validFrom {
                    old.close(at: start, by: override.author.signature, recordedAt: time)
                    try await write(endOf: old, version: version, on: connection)
                }
                let stored = try await insert(
                    override.entry,
                    PriceRowOrigin(
                        source: .override,
                        workspace: override.workspace,
                        author: override.author.signature,
                        reason: override.reason
                    ),
                    version: version,
                    at: time,
                    on: connection
                )
                let entry = try stored.auditEntry("price_override.create", by: override.author)
                try await Directory.audit([entry], at: time, in: connection)
                return stored
            }
        }
    }

    package func endOverride(_ id: Int64, by author: Author, at time: Timestamp) async throws -> StoredPrice {
        let whom = author.signature
        return try await translating {
            try await pool.withTransaction { connection in
                let version = try await nextVersion(on: connection)
                let rows = try await connection.query(
                    priceByID,
                    [.int(id), .int(Int(PriceSource.override.rawValue))]
                )
                guard let row = rows.first else { throw PriceStoreError.noOverride(id) }
                let old = try StoredPrice(row: row)
                var price = old
                guard !price.isWithdrawn, price.entry.validTo.map({ $0 > time }) ?? true else { return price }
                if let start = price.entry.validFrom, start > time {
                    price.isWithdrawn = true
                    price.closedAt = time
                    price.closedBy = whom
                } else {
                    price.close(at: time, by: whom, recordedAt: time)
                }
                try await write(endOf: price, version: version, on: connection)
                let entry = try price.auditEntry("price_override.end", by: author, from: old)
                try await Directory.audit([entry], at: time, in: connection)
                return price
            }
        }
    }

    package func replaceCatalogue(_ entries: [PriceEntry], by whom: String, at time: Timestamp) async throws -> Int {
        try await translating {
            try await pool.withTransaction { connection in
                // Replicas that read the same file take turns: the second finds nothing to do.
                _ = try await connection.query("SELECT version FROM price_book FOR UPDATE")
                let stored = try await connection.query(catalogueVersions, [.int(Int(PriceSource.catalogue.rawValue))])
                let revision = try CatalogueRevision(of: try stored.map { try StoredPrice(row: $0) }, to: entries)
                guard !revision.isEmpty else { return 0 }
                let version = try await nextVersion(on: connection)
                for price in revision.withdrawn {
                    var price = price
                    price.isWithdrawn = true
                    price.closedAt = time
                    price.closedBy = whom
                    try await write(endOf: price, version: version, on: connection)
                }
                for entry in revision.added {
                    let origin = PriceRowOrigin(source: .catalogue, author: whom)
                    _ = try await insert(entry, origin, version: version, at: time, on: connection)
                }
                return revision.withdrawn.count + revision.added.count
            }
        }
    }

    package func keep(_ contents: [UInt64: String]) async throws {
        guard !contents.isEmpty else { return }
        // Sorted, so that replicas that write at once lock keys in one order.
        let sorted = contents.sorted { $0.key < $1.key }
        try await translating {
            _ = try await pool.query(
                insertContents,
                [.int64Array(sorted.map { Int64(bitPattern: $0.key) }), .textArray(sorted.map(\.value))]
            )
        }
    }

    package func contents(_ versions: [UInt64]) async throws -> [UInt64: String] {
        try await translating {
            let rows = try await pool.query(
                "SELECT version, content FROM price_contents WHERE version = ANY ($1::bigint[])",
                [.int64Array(versions.map { Int64(bitPattern: $0) })]
            )
            return try rows.reduce(into: [:]) { contents, row in
                contents[UInt64(bitPattern: try row.value("version"))] = try row.value("content", as: String.self)
            }
        }
    }
}

extension PostgresPriceStore {
    /// Raises the version and holds its row until the transaction ends: versions commit in order.
    func nextVersion(on connection: PostgresConnection) async throws -> Int64 {
        let rows = try await connection.query("UPDATE price_book SET version = version + 1 RETURNING version")
        guard let row = rows.first else { throw PriceStoreError(.unavailable, "The price book has no version.") }
        return try row.value("version")
    }

    /// Writes how a version ended.
    func write(endOf price: StoredPrice, version: Int64, on connection: PostgresConnection) async throws {
        _ = try await connection.query(
            endVersion,
            [
                .int(price.version.id), .timestamp(price.entry.validTo), .timestamp(price.closedAt),
                .text(price.closedBy), .bool(price.isWithdrawn), .int(version),
            ]
        )
    }

    /// Adds a version of an entry.
    func insert(
        _ entry: PriceEntry,
        _ origin: PriceRowOrigin,
        version: Int64,
        at time: Timestamp,
        on connection: PostgresConnection
    ) async throws -> StoredPrice {
        let rows = try await connection.query(insertVersion, origin.values(of: entry, version: version, at: time))
        guard let row = rows.first else { throw PriceStoreError(.unavailable, "A price version was not stored.") }
        return try StoredPrice(row: row)
    }

    /// Runs a body of queries; turns PostgreSQL's errors into the store's.
    func translating<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as PostgresError {
            throw PriceStoreError(.unavailable, "The price store failed.", underlying: error)
        }
    }
}
