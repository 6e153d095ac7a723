package import Domain

/// One version of a price: what a source says about a model, from when until when, and since when that is known.
package struct PriceVersion: Hashable, Sendable {
    /// The number of the version in the store; 0 when it is not stored.
    package var id: Int64
    package var source: PriceSource
    /// The only workspace that the version is for, overrides only; `nil` for all.
    package var workspace: String?
    /// The prices, with their validity.
    ///
    /// The key of a catalogue entry or an override is `provider/model`.
    package var entry: PriceEntry
    /// When the version became known.
    package var recordedAt: Timestamp

    package init(
        id: Int64 = 0,
        source: PriceSource,
        workspace: String? = nil,
        entry: PriceEntry,
        recordedAt: Timestamp
    ) {
        self.id = id
        self.source = source
        self.workspace = workspace
        self.entry = entry
        self.recordedAt = recordedAt
    }
}
