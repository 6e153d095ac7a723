/// A rule of pricing that took part in a cost, for people and for finding cases by.
///
/// The order is the bit in the ledger: append, never reorder; at most 64.
package enum PriceRule: UInt8, CaseIterable, Hashable, Sendable {
    case basicTokens
    case cacheRead
    case cacheReadFallback
    case cacheWrite
    case cacheWriteFallbackToInput
    case cacheWrite1h
    case cacheWrite1hFallbackTo5m
    case cachedExceedsInput
    case cacheSumExceedsInput
    case audioOverlapsCache
    case cachedAudio
    case audioInput
    case audioOutput
    case audioFallbackToTextRate
    case imageInputTokens
    case imageOutputTokens
    case videoInputTokens
    case videoOutputTokens
    case reasoning
    case reasoningRate
    case serviceTierFlex
    case serviceTierPriority
    case serviceTierBalanced
    case serviceTierUltrafast
    case serviceTierDecisions
    case serviceTierNoPriceFallsBackToStandard
    case serviceTierUnknownNameIsStandard
    case aboveThreshold
    case inclusiveThresholdXai
    case tieredPricingList
    case fireworksDefaultCacheReadHalf
    case batchPublishedRate
    case batchHalfOfStandard
    case batchCacheReadUnpublishedBillsBatchInput
    case offPeakWindow
    case dataResidencyUplift
    case vertexLocationUplift
    case anthropicGeoUplift
    case anthropicFastSpeed
    case perCharacter
    case perSecondTranscription
    case perSecondWallClock
    case imagePerImage
    case imagePerPixel
    case imageSizeQualityKey
    case videoPerSecond
    case videoPerSecondResolution
    case perQuerySearch
    case searchTierByMaxResults
    case perQueryRerank
    case perPageOcr
    case perPageOcrBatch
    case perCreditOcr
    case webSearchPerQuery
    case webSearchPerPrompt
    case mapsGrounding
    case guardrailUnits
    case codeInterpreterSessions
    case azureModelRouterFee
    case perplexityCitationTokens
    case embeddingUnits
    case perRequest
    case nameResolution
    case providerReported

    /// The name on the wire, for example `cache_read_fallback`.
    package var name: String { Self.names[Int(rawValue)] }

    private static let names = allCases.map { snakeCase(String(describing: $0)) }
}

/// The rules that took part in one cost.
package struct PriceRules: OptionSet, Hashable, Sendable {
    package var rawValue: UInt64

    package init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// The set of one rule.
    package init(_ rule: PriceRule) {
        rawValue = 1 << UInt64(rule.rawValue)
    }

    /// Whether the rule took part.
    package func contains(_ rule: PriceRule) -> Bool {
        contains(PriceRules(rule))
    }

    /// Adds one rule.
    package mutating func insert(_ rule: PriceRule) {
        rawValue |= 1 << UInt64(rule.rawValue)
    }

    /// The names on the wire, in the order of the bits.
    package var names: [String] {
        PriceRule.allCases.filter { contains($0) }.map(\.name)
    }
}

/// Writes a camel-case name in snake case; digits begin a new word.
package func snakeCase(_ name: String) -> String {
    var result = ""
    var previousIsDigit = false
    for character in name {
        let isDigit = character.isNumber
        if character.isUppercase || (isDigit && !previousIsDigit) { result.append("_") }
        result.append(contentsOf: character.lowercased())
        previousIsDigit = isDigit
    }
    return result
}
