import Domain

extension PricePlan {
    /// The prices as JSON that stands alone: source, key and content, all that `version` is made from.
    package var contentJSON: String { content(with: Companions()) }

    /// The text of a version of these prices, from which alone any cost of that version can be computed again.
    ///
    /// It is `contentJSON` for `version`, the same with the companions for costs that bill one, and `nil` for any other
    /// version. Texts of equal versions are equal.
    package func contentJSON(version wanted: UInt64) -> String? {
        switch wanted {
        case version: contentJSON
        case companionVersion: content(with: companions)
        default: nil
        }
    }

    /// Makes the plan of a content that was kept.
    ///
    /// - Parameters:
    ///   - content: What `contentJSON(version:)` wrote.
    ///   - zones: The zones of off-peak calendars.
    /// - Throws: `PriceBookError` when the text is no such content.
    package convenience init(content: [UInt8], zones: ZoneOffsets = .fixed) throws(PriceBookError) {
        var reader = PlanContentReader()
        try JSONScanner.scan(content) { (scanner) throws(PriceBookError) in
            try reader.read(&scanner)
        }
        guard let entry = reader.entry, let source = reader.source else {
            throw PriceBookError(.unusable, "entry or source is missing")
        }
        self.init(entry, source: source, companions: reader.companions, zones: zones)
    }

    private func content(with companions: Companions) -> String {
        var object = CanonicalObject()
        if !companions.isEmpty { object.add("companions", json: companions.json) }
        object.add("entry", json: entry.json)
        object.add("key", text: key)
        object.add("source", text: source.name)
        return object.json
    }
}

extension PricePlan {
    /// Prices of other entries that come on top.
    struct Companions: Sendable {
        /// The fee of the router that chose the model.
        var routerFee: Companion?
        /// A code-interpreter session of the model's provider.
        var codeInterpreter: Companion?

        var isEmpty: Bool { routerFee == nil && codeInterpreter == nil }

        var json: String {
            var object = CanonicalObject()
            if let codeInterpreter { object.add("code_interpreter", json: codeInterpreter.json) }
            if let routerFee { object.add("router_fee", json: routerFee.json) }
            return object.json
        }

        /// The version of the prices together with these.
        func version(with own: UInt64, source: PriceSource, key: String, json content: String) -> UInt64 {
            isEmpty ? own : PriceEntry.contentVersion(source: source, key: key, json: "\(content)\n\(json)")
        }
    }

    /// A rate of another entry.
    struct Companion: Sendable {
        /// The entry's key.
        var key: String
        var rate: Rate
        /// Whether the event is older than the rate.
        var isBackdated = false

        /// The rate as this plan bills it.
        func draft(_ family: RateFamily) -> DraftRate {
            let draft = DraftRate(rate, key: "\(key).\(family.rawValue)")
            return isBackdated ? draft.asFallback(flag: .priceBackdated) : draft
        }

        fileprivate var json: String {
            var object = CanonicalObject()
            object.add("key", text: key)
            object.add("rate", rate)
            return object.json
        }
    }
}

/// Reads what `contentJSON` wrote.
private struct PlanContentReader {
    var entry: PriceEntry?
    var source: PriceSource?
    var companions = PricePlan.Companions()

    mutating func read(_ scanner: inout JSONScanner) throws(PriceBookError) {
        var key = ""
        try scanner.object { (scanner, name) throws(PriceBookError) in
            switch try scanner.text(name) {
            case "companions": try readCompanions(&scanner)
            case "entry":
                var reader = LiteLLMReader()
                entry = try reader.readContent("", &scanner)
            case "key": key = try scanner.text(scanner.string())
            case "source": source = PriceSource(name: try scanner.text(scanner.string()))
            default: try scanner.skipValue()
            }
        }
        entry?.key = key
    }

    private mutating func readCompanions(_ scanner: inout JSONScanner) throws(PriceBookError) {
        try scanner.object { (scanner, name) throws(PriceBookError) in
            switch try scanner.text(name) {
            case "router_fee": companions.routerFee = try Self.companion(&scanner)
            case "code_interpreter": companions.codeInterpreter = try Self.companion(&scanner)
            default: try scanner.skipValue()
            }
        }
    }

    private static func companion(
        _ scanner: inout JSONScanner
    ) throws(PriceBookError) -> PricePlan.Companion {
        var (key, rate): (String, Rate?) = ("", nil)
        try scanner.object { (scanner, name) throws(PriceBookError) in
            switch try scanner.text(name) {
            case "key": key = try scanner.text(scanner.string())
            case "rate": rate = try scanner.number().flatMap { Rate(text: scanner.slice($0)) }
            default: try scanner.skipValue()
            }
        }
        guard let rate else { throw PriceBookError(.unusable, "the companion \(key) has no rate") }
        return PricePlan.Companion(key: key, rate: rate)
    }
}
