import Domain

/// The quantities that a price map has rates for.
///
/// The raw value is the key of the standard rate.
enum RateFamily: String, CaseIterable, Sendable {
    case inputToken = "input_cost_per_token"
    case outputToken = "output_cost_per_token"
    case cacheRead = "cache_read_input_token_cost"
    case cacheWrite = "cache_creation_input_token_cost"
    case cacheWrite1h = "cache_creation_input_token_cost_above_1hr"
    case cacheReadAudio = "cache_read_input_audio_token_cost"
    case cacheReadImage = "cache_read_input_image_token_cost"
    case cacheReadExplicit = "explicit_cache_read_input_token_cost"
    case cacheWriteAudio = "cache_creation_input_audio_token_cost"
    case cacheHit = "input_cost_per_token_cache_hit"
    case audioInput = "input_cost_per_audio_token"
    case imageInput = "input_cost_per_image_token"
    case videoInput = "input_cost_per_video_token"
    case reasoning = "output_cost_per_reasoning_token"
    case audioOutput = "output_cost_per_audio_token"
    case imageOutput = "output_cost_per_image_token"
    case videoOutput = "output_cost_per_video_token"
    case citation = "citation_cost_per_token"
    case inputCharacter = "input_cost_per_character"
    case outputCharacter = "output_cost_per_character"
    case inputImage = "input_cost_per_image"
    case outputImage = "output_cost_per_image"
    case inputPixel = "input_cost_per_pixel"
    case outputPixel = "output_cost_per_pixel"
    case second = "cost_per_second"
    case inputSecond = "input_cost_per_second"
    case outputSecond = "output_cost_per_second"
    case inputAudioSecond = "input_cost_per_audio_per_second"
    case inputVideoSecond = "input_cost_per_video_per_second"
    case outputVideoSecond = "output_cost_per_video_per_second"
    case inputQuery = "input_cost_per_query"
    case inputRequest = "input_cost_per_request"
    case inputTextMessage = "input_cost_per_text_message"
    case ocrPage = "ocr_cost_per_page"
    case ocrCredit = "ocr_cost_per_credit"
    case annotationPage = "annotation_cost_per_page"
    case codeInterpreterSession = "code_interpreter_cost_per_session"
    case mapsQuery = "google_maps_grounding_cost_per_query"

    /// Input that is billed by something else than tokens or characters of text.
    static let otherInputUnits: Set<RateFamily> = [
        .audioInput, .imageInput, .videoInput, .inputImage, .inputPixel, .inputSecond, .inputAudioSecond,
        .inputVideoSecond, .inputQuery, .inputRequest, .inputTextMessage, .inputCharacter, .second,
    ]

    /// The quantity on the wire that is billed, where a month's volume of it may decide the rate.
    ///
    /// Tokens have none: their rates go by the size of the request.
    var quantity: String? {
        switch self {
        case .inputCharacter: UsageQuantity.characters.rawValue
        case .second, .inputSecond, .outputSecond, .outputVideoSecond: UsageQuantity.seconds.rawValue
        case .inputAudioSecond: UsageQuantity.audioSeconds.rawValue
        case .inputVideoSecond: UsageQuantity.videoSeconds.rawValue
        case .inputImage, .outputImage: UsageQuantity.images.rawValue
        case .inputQuery: UsageQuantity.queries.rawValue
        case .inputRequest: UsageQuantity.requests.rawValue
        case .inputTextMessage: "text_messages"
        case .ocrPage: UsageQuantity.pages.rawValue
        case .annotationPage: UsageQuantity.annotatedPages.rawValue
        case .ocrCredit: UsageQuantity.credits.rawValue
        case .codeInterpreterSession: UsageQuantity.sessions.rawValue
        case .mapsQuery: UsageQuantity.mapsRequests.rawValue
        default: nil
        }
    }

    /// What the names of rates begin with that are kept by their whole name: of a resolution, a size, an interval.
    static let namedPrefixes = [
        outputSecond.rawValue + "_", outputImage.rawValue + "_", inputVideoSecond.rawValue + "_above_",
    ]
}

/// The service tiers that a price map has rates for.
enum RateTier: String, CaseIterable, Sendable {
    case standard = ""
    case flex = "_flex"
    case priority = "_priority"
    case balanced = "_balanced"
    case ultrafast = "_ultrafast"
    case decisions = "_decisions"
    case batch = "_batches"
}

/// A key of the price map, taken apart: which quantity, above how many input tokens, in which service tier.
struct RateKey: Hashable, Comparable, Sendable {
    var family: RateFamily
    var tier: RateTier = .standard
    /// The rate applies above so many input tokens; 0 for a rate without a threshold.
    var threshold: Int64 = 0

    init(_ family: RateFamily, tier: RateTier = .standard, threshold: Int64 = 0) {
        self.family = family
        self.tier = tier
        self.threshold = threshold
    }

    /// Takes a key of the map apart; `nil` when it names no known quantity.
    init?(name: String) {
        if let family = RateFamily(rawValue: name) {
            self.init(family)
            return
        }
        var rest = Substring(name)
        var tier = RateTier.standard
        if let match = RateTier.allCases.first(where: { $0 != .standard && rest.hasSuffix($0.rawValue) }) {
            tier = match
            rest = rest.dropLast(match.rawValue.utf8.count)
        }
        let threshold = Self.takeThreshold(from: &rest)
        guard let family = RateFamily(rawValue: String(rest)) else { return nil }
        self.init(family, tier: tier, threshold: threshold ?? 0)
    }

    static func < (left: RateKey, right: RateKey) -> Bool {
        if left.family != right.family { return left.family.rawValue < right.family.rawValue }
        if left.tier != right.tier { return left.tier.rawValue < right.tier.rawValue }
        return left.threshold < right.threshold
    }

    /// The key as the map writes it.
    var name: String {
        guard threshold > 0 else { return family.rawValue + tier.rawValue }
        let count = threshold % 1_000 == 0 ? "\(threshold / 1_000)k" : String(threshold)
        return "\(family.rawValue)_above_\(count)_tokens\(tier.rawValue)"
    }

    /// Removes `_above_<N>[k]_tokens` from the end and returns the number of tokens.
    private static func takeThreshold(from rest: inout Substring) -> Int64? {
        let ending = "_tokens"
        guard rest.hasSuffix(ending) else { return nil }
        let head = rest.dropLast(ending.utf8.count)
        guard let underscore = head.lastIndex(of: "_") else { return nil }
        var count = head[head.index(after: underscore)...]
        let isThousands = count.last == "k"
        if isThousands { count = count.dropLast() }
        let base = head[..<underscore]
        guard
            base.hasSuffix("_above"), let number = Int64(count), number > 0, number <= 1_000_000_000
        else { return nil }
        rest = base.dropLast("_above".utf8.count)
        return isThousands ? number * 1_000 : number
    }
}
