internal import PriceBook
internal import PriceDesk

extension PriceStoreError {
    static func noOverride(_ id: Int64) -> PriceStoreError {
        PriceStoreError(.notFound, "There is no override \"\(id)\".")
    }

    static func noChange(_ id: Int64) -> PriceStoreError {
        PriceStoreError(.notFound, "There is no price change \"\(id)\".")
    }

    static func decided(_ change: PriceChange) -> PriceStoreError {
        PriceStoreError(.conflict, "The price change \"\(change.id)\" is \(change.state.rawValue) already.")
    }

    static func overlap(_ other: StoredPrice) -> PriceStoreError {
        let message = "The override \"\(other.version.id)\" of this model holds in a part of that time: end it first."
        return PriceStoreError(.conflict, message)
    }

    /// The sync that a result belongs to is no longer running: another replica has given it up for dead.
    static let syncLost = PriceStoreError(.conflict, "The sync was given up for dead: it took too long.")

    static let outdated = PriceStoreError(.outdated, "The price book has changed meanwhile.")
}
