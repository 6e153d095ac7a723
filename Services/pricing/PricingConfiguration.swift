internal import ServiceRuntime

/// The settings of pricing.
///
/// All defaults are visible here.
package struct PricingConfiguration: ComponentConfiguration {
    /// Entries in one batch at most.
    package var batchLimit = 200
    /// How long to wait after a read that did not fill a batch, so that few events do not cost as much as many.
    package var linger = Duration.milliseconds(25)
    /// Consumers of this process that work side by side.
    package var workers = 2
    /// LiteLLM's price map; `nil` for the one that is shipped.
    package var priceMap: String?
    /// Where newer price maps are fetched from: `https:`, `http:` or `file:`.
    package var priceMapURL =
        "https://raw.githubusercontent.com/BerriAI/litellm/main/model_prices_and_context_window.json"
    /// Whether price maps are fetched.
    package var sync = true
    /// From one good sync of the price map to the next.
    package var syncInterval = Duration.seconds(86_400)
    /// How long a price map may take to arrive.
    package var syncTimeout = Duration.seconds(60)
    /// The catalogue of further prices, whose edits are taken over without a restart; `nil` for the one that is shipped.
    package var catalogue: String?
    /// The plan by provider, where it is not the catalogue's default.
    package var plans: [String: String] = [:]

    package init() {}
}
