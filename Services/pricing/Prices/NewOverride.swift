package import Domain
package import PriceBook
internal import PriceDesk

/// An override that somebody asks for.
package struct NewOverride: Sendable {
    /// Where it holds; nil for all workspaces.
    package var workspace: String?
    /// The rates and their time, under the key `provider/model`.
    package var entry: PriceEntry
    package var author: Author
    package var reason: String

    package init(workspace: String?, entry: PriceEntry, author: Author, reason: String) {
        self.workspace = workspace
        self.entry = entry
        self.author = author
        self.reason = reason
    }

    /// What becomes of the overrides that the model has already.
    ///
    /// One that is open and began earlier ends where this one begins, as a price that is changed; any other that holds in
    /// this one's time is in the way.
    ///
    /// - Parameter others: All overrides of the same model and workspace.
    /// - Returns: The override to close, if there is one.
    /// - Throws: ``PriceStoreError``, a conflict.
    func predecessor(among others: [StoredPrice]) throws(PriceStoreError) -> StoredPrice? {
        let start = entry.validFrom
        let inTheWay = others.filter { $0.overlaps(from: start, to: entry.validTo) }
        guard let first = inTheWay.first else { return nil }
        guard inTheWay.count == 1, first.isOpen, let start, first.entry.validFrom.map({ $0 < start }) ?? true else {
            throw .overlap(first)
        }
        return first
    }
}
