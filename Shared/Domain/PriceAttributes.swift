/// What beside the quantities decides which rates apply.
///
/// All are optional and sent by the client.
package struct PriceAttributes: Hashable, Sendable {
    /// `batch`, `flex`, `priority`, …; any other name is the standard tier.
    package var serviceTier: String?
    /// Image size, for example `1024x1024`.
    package var size: String?
    /// Image quality, for example `hd`.
    package var quality: String?
    /// Video resolution, for example `1080p`.
    package var resolution: String?
    /// `low`, `medium` or `high`.
    package var searchContextSize: String?
    /// Whether the Azure model router chose the model, whose fee comes on top.
    package var routerFee: Bool
    /// `eu` or `us`.
    package var dataResidency: String?
    /// A Vertex AI location; `global` has no uplift.
    package var vertexLocation: String?
    /// Where the provider ran the inference.
    package var inferenceGeo: String?
    /// `fast` for Anthropic's fast mode.
    package var speed: String?

    package init(
        serviceTier: String? = nil,
        size: String? = nil,
        quality: String? = nil,
        resolution: String? = nil,
        searchContextSize: String? = nil,
        routerFee: Bool = false,
        dataResidency: String? = nil,
        vertexLocation: String? = nil,
        inferenceGeo: String? = nil,
        speed: String? = nil
    ) {
        self.serviceTier = serviceTier
        self.size = size
        self.quality = quality
        self.resolution = resolution
        self.searchContextSize = searchContextSize
        self.routerFee = routerFee
        self.dataResidency = dataResidency
        self.vertexLocation = vertexLocation
        self.inferenceGeo = inferenceGeo
        self.speed = speed
    }
}
