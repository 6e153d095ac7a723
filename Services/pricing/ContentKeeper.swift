internal import Domain
internal import PriceBook
package import PriceDesk
internal import Synchronization

/// Keeps the prices that costs were made from, so that each cost can be computed again at any later time.
///
/// A version is kept before the first event that names it goes on. Versions are few: almost always there is nothing to do.
package final class ContentKeeper: Sendable {
    private let store: any PriceStore
    private let known = Mutex<Set<UInt64>>([])

    /// Versions that are remembered as kept, at most; beyond that they are kept again, which changes nothing.
    private static let capacity = 100_000

    package init(store: any PriceStore) {
        self.store = store
    }

    /// Keeps what the costs of these events need.
    ///
    /// - Throws: ``PriceStoreError``.
    package func keep(_ priced: some Sequence<Pricer.Priced>) async throws {
        var missing: [UInt64: String] = [:]
        known.withLock { known in
            for item in priced {
                let version = item.event.cost.provenance.priceVersion
                guard let plan = item.plan, version != 0, !known.contains(version), missing[version] == nil else {
                    continue
                }
                missing[version] = plan.contentJSON(version: version)
            }
        }
        guard !missing.isEmpty else { return }
        try await store.keep(missing)
        known.withLock { known in
            if known.count + missing.count > Self.capacity { known.removeAll(keepingCapacity: true) }
            known.formUnion(missing.keys)
        }
    }
}
