import Domain

/// Takes the lines of a cost.
///
/// The engine runs once for a sum and once, the same code, for an explanation.
protocol CostSink {
    /// One line: millionths of a unit at a rate, times a multiplier in 10⁻¹². A rate that does not exist costs nothing.
    mutating func add(
        _ component: CostLine,
        _ millionths: Int64,
        _ rate: ResolvedRate,
        multiplier: Int64,
        of plan: PricePlan
    )

    var total: CostTotal { get }
}

/// Adds the lines up and keeps nothing else.
struct SummingSink: CostSink {
    private(set) var total = CostTotal()

    @inline(__always)
    mutating func add(
        _ component: CostLine,
        _ millionths: Int64,
        _ rate: ResolvedRate,
        multiplier: Int64,
        of plan: PricePlan
    ) {
        if rate.value != 0 { total.add(millionths, at: rate, multiplier: multiplier) }
    }
}

/// Keeps every line as text.
struct ExplainingSink: CostSink {
    private(set) var total = CostTotal()
    private(set) var components: [CostComponent] = []

    mutating func add(
        _ component: CostLine,
        _ millionths: Int64,
        _ rate: ResolvedRate,
        multiplier: Int64,
        of plan: PricePlan
    ) {
        var line = CostTotal()
        line.add(millionths, at: rate, multiplier: multiplier)
        total.add(millionths, at: rate, multiplier: multiplier)
        if components.isEmpty { components.reserveCapacity(4) }
        components.append(
            CostComponent(
                component: component.name,
                quantity: Self.text(UInt64(millionths), scale: 6),
                rateKey: plan.name(of: rate),
                unitPrice: Self.unitPrice(rate),
                cost: line.exactText
            )
        )
    }

    private static func unitPrice(_ rate: ResolvedRate) -> String {
        var price = CostTotal()
        price.add(1_000_000, at: rate, multiplier: Provenance.unitMultiplier)
        return price.exactText
    }

    private static func text(_ value: UInt64, scale: Int) -> String {
        DecimalWriter.shortest(WideNumber(high: 0, low: UInt128(value)), scale: scale)
    }
}

/// What a line bills.
enum CostLine {
    case slot(TokenSlot)
    case images, pixels, characters, seconds, audioSeconds, videoSeconds, queries, pages, annotatedPages, credits
    case sessions, requests, textMessages, webSearch, mapsGrounding, routerFee, citation
    /// A guardrail's unit.
    case named(String)

    /// The name of the component on the wire.
    var name: String {
        switch self {
        case .slot(let slot): slot.component
        case .images: "images"
        case .pixels: "pixels"
        case .characters: "characters"
        case .seconds: "seconds"
        case .audioSeconds: "audio_seconds"
        case .videoSeconds: "video_seconds"
        case .queries: "queries"
        case .pages: "pages"
        case .annotatedPages: "annotated_pages"
        case .credits: "credits"
        case .sessions: "sessions"
        case .requests: "requests"
        case .textMessages: "text_messages"
        case .webSearch: "web_search"
        case .mapsGrounding: "maps_grounding"
        case .routerFee: "router_fee"
        case .citation: "citation"
        case .named(let name): name
        }
    }
}

extension TokenSlot {
    /// The name of the component on the wire.
    var component: String {
        switch self {
        case .inputText: "input_text"
        case .cacheRead: "cache_read"
        case .cacheReadExplicit: "cache_read_explicit"
        case .cacheReadAudio: "cache_read_audio"
        case .cacheReadImage: "cache_read_image"
        case .cacheWrite: "cache_write"
        case .cacheWriteAudio: "cache_write_audio"
        case .cacheWrite1h: "cache_write_1h"
        case .inputAudio: "input_audio"
        case .inputImage: "input_image"
        case .inputVideo: "input_video"
        case .outputText: "output_text"
        case .reasoning: "reasoning"
        case .outputAudio: "output_audio"
        case .outputImage: "output_image"
        case .outputVideo: "output_video"
        }
    }

    /// The quantity that the tokens were reported in.
    var quantity: UsageQuantity {
        switch self {
        case .inputText: .inputTokens
        case .cacheRead, .cacheReadExplicit, .cacheReadImage: .cacheReadTokens
        case .cacheReadAudio: .cachedAudioTokens
        case .cacheWrite, .cacheWriteAudio: .cacheWriteTokens
        case .cacheWrite1h: .cacheWrite1hTokens
        case .inputAudio: .audioInputTokens
        case .inputImage: .imageInputTokens
        case .inputVideo: .videoInputTokens
        case .outputText: .outputTokens
        case .reasoning: .reasoningTokens
        case .outputAudio: .audioOutputTokens
        case .outputImage: .imageOutputTokens
        case .outputVideo: .videoOutputTokens
        }
    }
}
