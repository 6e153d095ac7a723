import Domain

/// The quantities of a usage, each in its place, in millionths.
struct Quantities {
    var input: Int64 = 0
    var output: Int64 = 0
    var cacheRead: Int64 = 0
    var cacheWrite: Int64 = 0
    var cacheWrite1h: Int64 = 0
    var cachedAudio: Int64 = 0
    var reasoning: Int64 = 0
    var audioInput: Int64 = 0
    var audioOutput: Int64 = 0
    var imageInput: Int64 = 0
    var imageOutput: Int64 = 0
    var videoInput: Int64 = 0
    var videoOutput: Int64 = 0
    var characters: Int64 = 0
    var seconds: Int64 = 0
    var audioSeconds: Int64 = 0
    var videoSeconds: Int64 = 0
    var images: Int64 = 0
    var width: Int64 = 0
    var height: Int64 = 0
    var pages: Int64 = 0
    var annotatedPages: Int64 = 0
    var credits: Int64 = 0
    var queries: Int64 = 0
    var maxResults: Int64 = 0
    var webSearches: Int64 = 0
    var mapsRequests: Int64 = 0
    var citations: Int64 = 0
    var sessions: Int64 = 0
    var requests: Int64 = 0
    /// Quantities that the map has rates for and clients report under `custom`.
    var cachedImage: Int64 = 0
    var cacheWriteAudio: Int64 = 0
    var explicitCacheRead: Int64 = 0
    var textMessages: Int64 = 0
    var videoInterval: Int64 = 0

    init(_ usage: Usage) {
        for item in usage.items {
            set(item.quantity, Self.bounded(item.amount))
        }
        for item in usage.custom {
            _ = set(custom: item.name, Self.bounded(item.amount))
        }
    }

    /// The amount within what an event may have, so that sums of a few fit.
    private static func bounded(_ amount: Amount) -> Int64 {
        min(max(amount, .zero), .limit).millionths
    }

    /// Whether there are tokens of any direction.
    var hasTokens: Bool {
        input > 0 || output > 0 || cacheRead > 0 || cacheWrite > 0
    }

    private mutating func set(_ quantity: UsageQuantity, _ amount: Int64) {
        switch quantity {
        case .inputTokens: input = amount
        case .outputTokens: output = amount
        case .cacheReadTokens: cacheRead = amount
        case .cacheWriteTokens: cacheWrite = amount
        case .cacheWrite1hTokens: cacheWrite1h = amount
        case .cachedAudioTokens: cachedAudio = amount
        case .reasoningTokens: reasoning = amount
        case .audioInputTokens: audioInput = amount
        case .audioOutputTokens: audioOutput = amount
        case .imageInputTokens: imageInput = amount
        case .imageOutputTokens: imageOutput = amount
        case .videoInputTokens: videoInput = amount
        case .videoOutputTokens: videoOutput = amount
        case .characters: characters = amount
        case .seconds: seconds = amount
        case .audioSeconds: audioSeconds = amount
        case .videoSeconds: videoSeconds = amount
        case .images: images = amount
        case .width: width = amount
        case .height: height = amount
        case .pages: pages = amount
        case .annotatedPages: annotatedPages = amount
        case .credits: credits = amount
        case .queries: queries = amount
        case .maxResults: maxResults = amount
        case .webSearchRequests: webSearches = amount
        case .mapsRequests: mapsRequests = amount
        case .citationTokens: citations = amount
        case .sessions: sessions = amount
        case .requests: requests = amount
        }
    }

    /// Takes a quantity that has no name of its own yet; `false` when the name is not one of those.
    private mutating func set(custom name: String, _ amount: Int64) -> Bool {
        switch name {
        case "cached_image_tokens": cachedImage = amount
        case "cache_write_audio_tokens": cacheWriteAudio = amount
        case "explicit_cache_read_tokens": explicitCacheRead = amount
        case "text_messages": textMessages = amount
        case "video_interval_seconds": videoInterval = amount
        default: return false
        }
        return true
    }

    /// Whether a custom quantity is one of those that the map has rates for.
    static func knows(custom name: String) -> Bool {
        var scratch = Quantities(Usage())
        return scratch.set(custom: name, 0)
    }
}
