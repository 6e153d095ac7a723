package import Domain

/// What a provider's own usage object says, in Oliver's words.
package struct ExtractedUsage: Hashable, Sendable {
    /// The quantities, as totals; not empty.
    package var usage: Usage
    /// The model that answered, when the object says so.
    package var model: String?
    /// What was metered, when the object shows it.
    package var operation: String?
    /// What else decides the rates.
    package var attributes: PriceAttributes

    package init(
        usage: Usage,
        model: String? = nil,
        operation: String? = nil,
        attributes: PriceAttributes = PriceAttributes()
    ) {
        self.usage = usage
        self.model = model
        self.operation = operation
        self.attributes = attributes
    }
}

/// Reads a provider's own usage object, one JSON value, or says what is wrong with it.
package typealias RawUsageReader =
    @Sendable (_ provider: String, _ json: [UInt8]) -> Result<ExtractedUsage, FieldProblem>

extension EventParser {
    /// Keeps the provider's own object until the provider is known.
    mutating func readRawUsage(_ reader: inout JSONReader) throws(JSONReader.SyntaxError) {
        guard rawUsageReader != nil else {
            note(.rawUsage, .notAllowed, "Only events may bring a provider's own usage object.")
            return try reader.skipValue()
        }
        _ = try reader.peek()
        let start = reader.index
        try reader.skipValue()
        rawUsage = Array(reader.bytes[start..<reader.index])
    }

    /// Takes in what the provider's own object says; what the event itself says goes before it.
    mutating func takeRawUsage() {
        guard let rawUsage, let rawUsageReader, !body.provider.isEmpty else { return }
        guard usage == nil else {
            return note(.rawUsage, .notAllowed, "An event has either 'usage' or 'raw_usage'.")
        }
        switch rawUsageReader(body.provider, rawUsage) {
        case .failure(let problem): problems.append(problem)
        case .success(let found):
            let items = found.usage.items.sorted { $0.quantity.number < $1.quantity.number }
            body.quantities = items.map { UInt32($0.quantity.number) }
            body.amounts = items.map(\.amount.millionths)
            take(found.model, \.model)
            take(found.operation, \.operation)
            take(found.attributes)
        }
    }

    private mutating func take(_ found: PriceAttributes) {
        take(found.serviceTier, \.attributes.serviceTier)
        take(found.size, \.attributes.size)
        take(found.quality, \.attributes.quality)
        take(found.inferenceGeo, \.attributes.inferenceGeo)
        take(found.speed, \.attributes.speed)
    }

    private mutating func take(_ found: String?, _ field: WritableKeyPath<ProtoEventBody, String>) {
        guard body[keyPath: field].isEmpty, let found else { return }
        let name = EventField.rawUsage.rawValue
        body[keyPath: field] = checked(found, name, limit: Self.nameLimit, mayBeEmpty: false) ?? ""
    }
}
