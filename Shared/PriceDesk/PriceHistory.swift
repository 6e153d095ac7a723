/// What changed in the store after some version of the book.
package struct StoredPriceChanges: Sendable {
    /// The version that these changes lead to.
    package var version: Int64
    /// New and newly ended versions.
    package var prices: [StoredPrice]

    package init(version: Int64, prices: [StoredPrice]) {
        self.version = version
        self.prices = prices
    }
}

/// Every price version there ever was, for whoever only reads them.
///
/// Each change raises the book's version in the same transaction, so that replicas ask for one number to know whether
/// their copy is current. All methods throw ``PriceStoreError``.
package protocol PriceHistory: Sendable {
    /// The present version of the book.
    func version() async throws -> Int64

    /// What changed after a version; all when it is nil.
    func changes(after version: Int64?) async throws -> StoredPriceChanges
}
