package import Domain

/// What decides which prices hold: the model's name, for images its size and quality, and whose call it is.
package struct PriceQuery: Hashable, Sendable {
    /// As the client wrote it.
    package var provider: String
    /// As the client wrote it.
    package var model: String
    /// `1024-x-1024`, for images only.
    package var imageSize: String?
    /// For images only.
    package var imageQuality: String?
    /// Videos are looked up under the model's bare name first, everything else under `provider/model`.
    package var isVideo: Bool
    /// Whose overrides count beside those of all; `nil` for none.
    package var workspace: String?

    package init(
        provider: String,
        model: String,
        imageSize: String? = nil,
        imageQuality: String? = nil,
        isVideo: Bool = false,
        workspace: String? = nil
    ) {
        self.provider = provider
        self.model = model
        self.imageSize = imageSize
        self.imageQuality = imageQuality
        self.isVideo = isVideo
        self.workspace = workspace
    }

    /// The query of one metered call.
    package init(provider: String, model: String, request: PriceRequest, workspace: String? = nil) {
        self.init(provider: provider, model: model, isVideo: request.operation == .video, workspace: workspace)
        guard request.usage[.images] != nil else { return }
        imageQuality = request.attributes.quality?.lowercased()
        if let size = request.attributes.size {
            imageSize = Self.normalized(size)
        } else if let width = request.usage[.width]?.wholeUnits, let height = request.usage[.height]?.wholeUnits,
            width > 0, height > 0
        {
            imageSize = "\(width)-x-\(height)"
        }
    }

    /// Names tell almost all queries apart; what is mostly absent costs a look-up nothing.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(provider)
        hasher.combine(model)
        if let workspace { hasher.combine(workspace) }
        if let imageSize { hasher.combine(imageSize) }
    }

    /// `1024x1024`, `1024X1024` and `1024-x-1024` as the map writes them; any other name as it is, in lower case.
    private static func normalized(_ size: String) -> String {
        let lower = size.lowercased()
        let sides = lower.split(separator: "x").map { $0.filter { $0 != "-" && $0 != " " } }
        guard sides.count == 2, sides.allSatisfy({ Int($0) != nil }) else { return lower }
        return "\(sides[0])-x-\(sides[1])"
    }
}

/// One metered call, as far as its price goes.
package struct PriceRequest: Hashable, Sendable {
    /// What was metered; when `nil` it follows from the price entry and the quantities.
    package var operation: PriceOperation?
    package var usage: Usage
    package var attributes: PriceAttributes
    /// When the call happened: prices and off-peak windows go by it.
    package var occurredAt: Timestamp
    /// What the calendar month (UTC) had of the plan's `volumeQuantity` before the call, in millionths; `nil` for nothing.
    package var volume: Int64?

    package init(
        operation: PriceOperation? = nil,
        usage: Usage,
        attributes: PriceAttributes = PriceAttributes(),
        occurredAt: Timestamp,
        volume: Int64? = nil
    ) {
        self.operation = operation
        self.usage = usage
        self.attributes = attributes
        self.occurredAt = occurredAt
        self.volume = volume
    }

    /// The request of an event; an operation that this version does not know counts as absent.
    package init(_ event: UsageEvent, volume: Int64? = nil) {
        self.init(
            operation: event.operation.flatMap(PriceOperation.init(name:)),
            usage: event.usage,
            attributes: event.attributes,
            occurredAt: event.occurredAt,
            volume: volume
        )
    }
}
