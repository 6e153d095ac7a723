package import Domain
package import PriceBook
package import PriceDesk
import Synchronization

/// A price store in memory, for tests.
///
/// Passes the same contract suite as PostgreSQL's.
package final class InMemoryPriceStore: PriceStore {
    struct State {
        struct Row {
            var price: StoredPrice
            var changedVersion: Int64
        }

        var version: Int64 = 0
        var rows: [Int64: Row] = [:]
        var nextID: Int64 = 1
        var contents: [UInt64: String] = [:]
        var syncs: [Int64: SyncRecord] = [:]
        var notices: [Int64: Notice] = [:]
        var changes: [Int64: PriceChange] = [:]
        var isStaleNoticed = false
    }

    /// What has become of telling people about a sync.
    enum Notice { case due, sent }

    let state = Mutex(State())

    package init() {}

    package func version() async throws -> Int64 {
        state.withLock { $0.version }
    }

    package func changes(after version: Int64?) async throws -> StoredPriceChanges {
        let seen = version ?? -1
        return state.withLock { state in
            let rows = state.rows.values.filter { $0.changedVersion > seen }.map(\.price)
            return StoredPriceChanges(version: state.version, prices: rows.sorted { $0.version.id < $1.version.id })
        }
    }

    package func create(_ override: NewOverride, at time: Timestamp) async throws -> StoredPrice {
        try state.withLock { state in
            let others = state.rows.values.map(\.price).filter { price in
                price.version.source == .override && price.version.workspace == override.workspace
                    && price.entry.key == override.entry.key
            }
            let predecessor = try override.predecessor(among: others.sorted { $0.version.id < $1.version.id })
            state.version += 1
            if var old = predecessor, let start = override.entry.validFrom {
                old.close(at: start, by: override.author.signature, recordedAt: time)
                state.put(old)
            }
            return state.add(
                override.entry,
                source: .override,
                workspace: override.workspace,
                at: time,
                author: override.author.signature,
                reason: override.reason
            )
        }
    }

    package func endOverride(_ id: Int64, by author: Author, at time: Timestamp) async throws -> StoredPrice {
        let whom = author.signature
        return try state.withLock { state in
            guard var price = state.rows[id]?.price, price.version.source == .override else {
                throw PriceStoreError.noOverride(id)
            }
            guard !price.isWithdrawn, price.entry.validTo.map({ $0 > time }) ?? true else { return price }
            state.version += 1
            if let start = price.entry.validFrom, start > time {
                price.isWithdrawn = true
                price.closedAt = time
                price.closedBy = whom
            } else {
                price.close(at: time, by: whom, recordedAt: time)
            }
            state.put(price)
            return price
        }
    }

    package func replaceCatalogue(_ entries: [PriceEntry], by whom: String, at time: Timestamp) async throws -> Int {
        try state.withLock { state in
            let stored = state.rows.values.map(\.price).filter { $0.version.source == .catalogue && !$0.isWithdrawn }
            let revision = try CatalogueRevision(of: stored, to: entries)
            guard !revision.isEmpty else { return 0 }
            state.version += 1
            for price in revision.withdrawn {
                var price = price
                price.isWithdrawn = true
                price.closedAt = time
                price.closedBy = whom
                state.put(price)
            }
            for entry in revision.added {
                _ = state.add(entry, source: .catalogue, at: time, author: whom)
            }
            return revision.withdrawn.count + revision.added.count
        }
    }

    package func keep(_ contents: [UInt64: String]) async throws {
        state.withLock { $0.contents.merge(contents) { known, _ in known } }
    }

    package func contents(_ versions: [UInt64]) async throws -> [UInt64: String] {
        state.withLock { state in
            versions.reduce(into: [:]) { $0[$1] = state.contents[$1] }
        }
    }
}

extension InMemoryPriceStore.State {
    /// Writes a price back under the present version.
    mutating func put(_ price: StoredPrice) {
        rows[price.version.id] = Row(price: price, changedVersion: version)
    }

    /// Adds a version of an entry under the present version of the book.
    mutating func add(
        _ entry: PriceEntry,
        source: PriceSource,
        workspace: String? = nil,
        at time: Timestamp,
        syncID: Int64? = nil,
        author: String? = nil,
        reason: String? = nil
    ) -> StoredPrice {
        let version = PriceVersion(
            id: nextID,
            source: source,
            workspace: workspace,
            entry: entry,
            recordedAt: time
        )
        nextID += 1
        let price = StoredPrice(
            version: version,
            contentVersion: entry.contentVersion(source: source),
            syncID: syncID,
            author: author,
            reason: reason
        )
        put(price)
        return price
    }

    /// The open version of a model of the map.
    func open(_ key: String) -> StoredPrice? {
        rows.values.first { row in
            row.price.version.source == .litellm && row.price.entry.key == key && row.price.isOpen
        }?.price
    }
}
