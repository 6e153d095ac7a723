internal import Domain
internal import PriceBook

extension CatalogueReader {
    /// The rates of one price; `nil` when there are none or some cannot be used.
    mutating func rates(
        of value: YAMLValue,
        _ fields: [String: YAMLValue],
        mode: CatalogueMode?
    ) -> CatalogueRates? {
        var rates = CatalogueRates()
        var isWhole = true
        for rate in fields["rates"].map({ members(of: $0) }) ?? [] {
            guard let key = key(of: rate.name, mode: mode, at: rate.value) else {
                isWhole = false
                continue
            }
            isWhole = read(rate.value, key: key, isTime: key.contains("second"), into: &rates) && isWhole
        }
        for rate in fields["custom"].map({ members(of: $0) }) ?? [] {
            guard UsageQuantity(rawValue: rate.name) == nil else {
                report(rate.value, "is a quantity of Oliver's own: it belongs under rates")
                isWhole = false
                continue
            }
            isWhole = read(rate.value, custom: rate.name, into: &rates) && isWhole
        }
        isWhole = isWhole && [fields["rates"], fields["custom"]].allSatisfy { $0?.isMapping != false }
        guard isWhole else { return nil }
        if rates.isEmpty { report(value, "lacks the field rates or custom") }
        return rates.isEmpty ? nil : rates
    }

    private mutating func read(_ value: YAMLValue, key: String, isTime: Bool, into rates: inout CatalogueRates) -> Bool
    {
        guard !rates.has(key) else {
            report(value, "prices \(key) a second time")
            return false
        }
        if value.isList {
            guard let tiers = tiers(value, isTime: isTime) else { return false }
            rates.tiered.append((key, tiers))
        } else {
            guard let rate = rate(value, isTime: isTime) else { return false }
            rates.flat.append((key, rate))
        }
        return true
    }

    private mutating func read(_ value: YAMLValue, custom name: String, into rates: inout CatalogueRates) -> Bool {
        let isTime = name.hasSuffix("seconds")
        if value.isList {
            guard let tiers = tiers(value, isTime: isTime) else { return false }
            rates.tiered.append(("custom.\(name)", tiers))
        } else {
            guard let rate = rate(value, isTime: isTime) else { return false }
            rates.custom.append((name, rate))
        }
        return true
    }

    /// An amount for one unit, or `{usd, per}`; as `0.22/3600`.
    private mutating func rate(_ value: YAMLValue, isTime: Bool) -> String? {
        guard value.isMapping else { return amount(value) }
        guard let fields = fields(of: value, known: ["usd", "per"], required: ["usd"]) else { return nil }
        return rate(fields, isTime: isTime)
    }

    private mutating func rate(_ fields: [String: YAMLValue], isTime: Bool) -> String? {
        guard let amount = fields["usd"].flatMap({ amount($0) }) else { return nil }
        guard let per = fields["per"] else { return amount }
        guard let units = units(per, isTime: isTime, limit: Rate.unitLimit) else { return nil }
        return units == 1 ? amount : "\(amount)/\(units)"
    }

    private mutating func tiers(_ value: YAMLValue, isTime: Bool) -> [CatalogueRates.Tier]? {
        guard let list = list(value) else { return nil }
        var tiers: [CatalogueRates.Tier] = []
        for (index, element) in list.enumerated() {
            let known = ["up_to", "usd", "per"]
            guard let fields = fields(of: element, known: known, required: ["usd"]) else { return nil }
            guard let rate = rate(fields, isTime: isTime) else { return nil }
            guard let end = fields["up_to"] else {
                tiers.append(.init(upTo: nil, rate: rate))
                continue
            }
            guard index < list.count - 1 else {
                report(end, "ends the last tier: what lies beyond would have no price")
                return nil
            }
            guard let upTo = units(end, isTime: isTime, limit: Self.volumeLimit) else { return nil }
            guard upTo > tiers.last?.upTo ?? 0 else {
                report(end, "is not above the end of the tier before")
                return nil
            }
            tiers.append(.init(upTo: upTo, rate: rate))
        }
        return checked(tiers, value, list)
    }

    private mutating func checked(
        _ tiers: [CatalogueRates.Tier],
        _ value: YAMLValue,
        _ list: [YAMLValue]
    ) -> [CatalogueRates.Tier]? {
        guard !tiers.isEmpty else {
            report(value, "has no tier")
            return nil
        }
        for (index, tier) in tiers.dropLast().enumerated() where tier.upTo == nil {
            report(list[index], "lacks the field up_to: only the last tier has no end")
            return nil
        }
        return tiers
    }

    /// Units that a tier may end at, what a month's volume may reach.
    private static var volumeLimit: Int64 { 1_000_000_000_000 }

    private mutating func units(_ value: YAMLValue, isTime: Bool, limit: Int64) -> Int64? {
        guard let text = text(value) else { return nil }
        guard let units = CatalogueUnits.read(text, isTime: isTime), units <= limit else {
            let time = isTime ? ", minute, hour" : ""
            report(value, "is no count up to \(limit), nor thousand, million\(time), nor a count of these")
            return nil
        }
        return units
    }

    /// The text of an amount in USD that is zero or more and has at most 27 digits behind the point.
    private mutating func amount(_ value: YAMLValue) -> String? {
        guard let text = value.scalar, DecimalText.parse(text.utf8, scale: 27, rounding: true) != nil
        else {
            report(value, "is no decimal number")
            return nil
        }
        guard let exact = DecimalText.parse(text.utf8, scale: 27) else {
            report(value, "has more than 27 digits behind the point")
            return nil
        }
        guard exact >= 0 else {
            report(value, "is negative")
            return nil
        }
        return DecimalText.formatShortest(exact, scale: 27)
    }

    // MARK: Keys

    /// The key of LiteLLM's map for a quantity, or for one of its keys itself.
    private mutating func key(of name: String, mode: CatalogueMode?, at value: YAMLValue) -> String? {
        if let quantity = UsageQuantity(rawValue: name), let key = Self.key(of: quantity, mode: mode) { return key }
        if name.contains("cost"), !Self.nested.contains(name), PriceEntry.knows(field: name) { return name }
        let known = UsageQuantity.allCases.filter { Self.key(of: $0, mode: mode) != nil }.map(\.rawValue)
        report(value, "is no quantity with a rate" + Suggestion.text(for: name, among: known))
        return nil
    }

    /// Keys of the map that hold more than one rate.
    private static var nested: [String] { ["search_context_cost_per_query", "guardrail_cost_per_unit"] }

    private static func key(of quantity: UsageQuantity, mode: CatalogueMode?) -> String? {
        switch quantity {
        case .inputTokens: "input_cost_per_token"
        case .outputTokens: "output_cost_per_token"
        case .cacheReadTokens: "cache_read_input_token_cost"
        case .cacheWriteTokens: "cache_creation_input_token_cost"
        case .cacheWrite1hTokens: "cache_creation_input_token_cost_above_1hr"
        case .cachedAudioTokens: "cache_read_input_audio_token_cost"
        case .reasoningTokens: "output_cost_per_reasoning_token"
        case .audioInputTokens: "input_cost_per_audio_token"
        case .audioOutputTokens: "output_cost_per_audio_token"
        case .imageInputTokens: "input_cost_per_image_token"
        case .imageOutputTokens: "output_cost_per_image_token"
        case .videoInputTokens: "input_cost_per_video_token"
        case .videoOutputTokens: "output_cost_per_video_token"
        case .characters: "input_cost_per_character"
        case .seconds: mode == .videoGeneration ? "output_cost_per_second" : "input_cost_per_second"
        case .audioSeconds: "input_cost_per_audio_per_second"
        case .videoSeconds:
            mode == .videoGeneration ? "output_cost_per_video_per_second" : "input_cost_per_video_per_second"
        case .images: "input_cost_per_image"
        case .pages: "ocr_cost_per_page"
        case .annotatedPages: "annotation_cost_per_page"
        case .credits: "ocr_cost_per_credit"
        case .queries: "input_cost_per_query"
        case .mapsRequests: "google_maps_grounding_cost_per_query"
        case .citationTokens: "citation_cost_per_token"
        case .sessions: "code_interpreter_cost_per_session"
        case .requests: "input_cost_per_request"
        // They size other quantities or, for web searches, have a rate by the size of the context.
        case .width, .height, .maxResults, .webSearchRequests: nil
        }
    }
}
