/// Where a cost came from.
///
/// The order is the number in the ledger: append, never reorder.
package enum PriceSource: UInt8, CaseIterable, Hashable, Sendable {
    /// The client said what the call cost, with a key that may.
    case reported = 1
    /// LiteLLM's price map.
    case litellm = 2
    /// The YAML catalogue.
    case catalogue = 3
    /// An administrator's override.
    case override = 4

    /// The name on the wire.
    package var name: String {
        switch self {
        case .reported: "reported"
        case .litellm: "litellm"
        case .catalogue: "catalogue"
        case .override: "override"
        }
    }

    /// The source with that name on the wire.
    package init?(name: String) {
        guard let match = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = match
    }
}
