/// What can be metered, beside custom quantities.
///
/// The raw value is the wire name.
///
/// The order is the protocol-buffer number and the number in the ledger: append, never reorder.
package enum UsageQuantity: String, CaseIterable, Hashable, Sendable {
    case inputTokens = "input_tokens"
    case outputTokens = "output_tokens"
    case cacheReadTokens = "cache_read_tokens"
    case cacheWriteTokens = "cache_write_tokens"
    case cacheWrite1hTokens = "cache_write_1h_tokens"
    case cachedAudioTokens = "cached_audio_tokens"
    case reasoningTokens = "reasoning_tokens"
    case audioInputTokens = "audio_input_tokens"
    case audioOutputTokens = "audio_output_tokens"
    case imageInputTokens = "image_input_tokens"
    case imageOutputTokens = "image_output_tokens"
    case videoInputTokens = "video_input_tokens"
    case videoOutputTokens = "video_output_tokens"
    case characters = "characters"
    case seconds = "seconds"
    case audioSeconds = "audio_seconds"
    case videoSeconds = "video_seconds"
    case images = "images"
    case width = "width"
    case height = "height"
    case pages = "pages"
    case annotatedPages = "annotated_pages"
    case credits = "credits"
    case queries = "queries"
    case maxResults = "max_results"
    case webSearchRequests = "web_search_requests"
    case mapsRequests = "maps_requests"
    case citationTokens = "citation_tokens"
    case sessions = "sessions"
    case requests = "requests"

    /// The number that stands for this quantity on the wire and in the ledger, from 1.
    package var number: Int { Self.numbers[self] ?? 0 }

    /// The quantity that a number stands for, or `nil` for one this version does not know.
    package init?(number: Int) {
        guard Self.allCases.indices.contains(number - 1) else { return nil }
        self = Self.allCases[number - 1]
    }

    /// Whether a decimal value is allowed: times only, everything else is counted in whole units.
    package var allowsFraction: Bool {
        switch self {
        case .seconds, .audioSeconds, .videoSeconds: true
        default: false
        }
    }

    private static let numbers = Dictionary(uniqueKeysWithValues: allCases.enumerated().map { ($1, $0 + 1) })
}
