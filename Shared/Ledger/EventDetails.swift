internal import Domain
internal import FoundationEssentials

/// What few events have, and what it takes to compute a cost again: the column `details`.
struct EventDetails: Hashable, Codable {
    struct Named: Hashable, Codable {
        var name: String
        var amount: Int64
    }

    struct Unpriced: Hashable, Codable {
        var name: String
        var reason: UInt8
    }

    struct Attributes: Hashable, Codable {
        var size: String?
        var quality: String?
        var resolution: String?
        var searchContextSize: String?
        var routerFee: Bool?
        var dataResidency: String?
        var vertexLocation: String?
        var inferenceGeo: String?
        var speed: String?
    }

    /// The operation as the client said it, when it is another than the one that was priced.
    var operation: String?
    var mode: String?
    var reportedCost: Int64?
    var custom: [Named]?
    var guardrail: [Named]?
    var unpriced: [Unpriced]?
    var attributes: Attributes?

    init(_ priced: PricedEvent) {
        let event = priced.event
        operation = event.operation == priced.operation ? nil : event.operation
        mode = event.mode
        reportedCost = event.reportedCost?.picoDollars
        custom = Self.named(event.usage.custom)
        guardrail = Self.named(event.usage.guardrailUnits)
        unpriced = Self.unpriced(priced.cost)
        let attributes = Attributes(event.attributes)
        self.attributes = attributes == Attributes(PriceAttributes()) ? nil : attributes
    }

    /// The column's text; `nil` when there is nothing to say, which is the rule.
    static func text(of priced: PricedEvent) throws -> String? {
        let event = priced.event
        let isPlain =
            event.mode == nil && event.reportedCost == nil && event.usage.custom.isEmpty
            && event.usage.guardrailUnits.isEmpty && priced.cost.unpriced.isEmpty
            && (event.operation == nil || event.operation == priced.operation)
            && event.attributes.isPlain
        if isPlain { return nil }
        return String(decoding: try JSONEncoder().encode(EventDetails(priced)), as: UTF8.self)
    }

    /// The column's text for an adjustment: of an event only the cost changes.
    static func text(of cost: Cost) throws -> String? {
        guard let unpriced = unpriced(cost) else { return nil }
        return String(decoding: try JSONEncoder().encode(EventDetails(unpriced: unpriced)), as: UTF8.self)
    }

    private init(unpriced: [Unpriced]) {
        self.unpriced = unpriced
    }

    private static func unpriced(_ cost: Cost) -> [Unpriced]? {
        cost.unpriced.isEmpty
            ? nil : cost.unpriced.map { Unpriced(name: $0.quantity, reason: $0.reason.rawValue) }
    }

    /// Reads the column.
    static func read(_ text: String) throws -> EventDetails {
        do {
            return try JSONDecoder().decode(EventDetails.self, from: Data(text.utf8))
        } catch {
            throw LedgerError(.corruptRow, "the details of a row cannot be read")
        }
    }

    private static func named(_ items: [Usage.NamedItem]) -> [Named]? {
        items.isEmpty ? nil : items.map { Named(name: $0.name, amount: $0.amount.millionths) }
    }
}

extension EventDetails.Attributes {
    init(_ attributes: PriceAttributes) {
        size = attributes.size
        quality = attributes.quality
        resolution = attributes.resolution
        searchContextSize = attributes.searchContextSize
        routerFee = attributes.routerFee ? true : nil
        dataResidency = attributes.dataResidency
        vertexLocation = attributes.vertexLocation
        inferenceGeo = attributes.inferenceGeo
        speed = attributes.speed
    }

    /// Without the service tier, which is part of the series.
    func priceAttributes() -> PriceAttributes {
        PriceAttributes(
            size: size,
            quality: quality,
            resolution: resolution,
            searchContextSize: searchContextSize,
            routerFee: routerFee ?? false,
            dataResidency: dataResidency,
            vertexLocation: vertexLocation,
            inferenceGeo: inferenceGeo,
            speed: speed
        )
    }
}

/// The column `tags`: an object of texts.
enum TagsText {
    /// Writes the column; `nil` without tags.
    static func text(of tags: [EventIdentity.Tag]) -> String? {
        if tags.isEmpty { return nil }
        var json = JSONText()
        json.beginObject()
        for tag in tags {
            json.name(tag.key)
            json.value(tag.value)
        }
        json.endObject()
        return json.text
    }

    /// Reads the column, sorted by key as events have them.
    static func read(_ text: String) throws -> [EventIdentity.Tag] {
        do {
            let values = try JSONDecoder().decode([String: String].self, from: Data(text.utf8))
            return values.map { EventIdentity.Tag(key: $0.key, value: $0.value) }
                .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        } catch {
            throw LedgerError(.corruptRow, "the tags of a row cannot be read")
        }
    }
}

extension PriceAttributes {
    /// Whether none is set beside the service tier, which is part of the series.
    fileprivate var isPlain: Bool {
        var plain = PriceAttributes()
        plain.serviceTier = serviceTier
        return self == plain
    }
}
