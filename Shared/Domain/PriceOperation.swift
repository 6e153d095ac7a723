/// What was metered, and so which quantities are billed.
package enum PriceOperation: String, CaseIterable, Hashable, Sendable {
    case tokens
    case chat
    case completion
    case responses
    case embedding
    case realtime
    case image
    case video
    case transcription
    case speech
    case search
    case ocr
    case ocrBatch = "ocr_batch"
    case rerank
    case webSearch = "web_search"
    case mapsGrounding = "maps_grounding"
    case guardrail
    case codeInterpreter = "code_interpreter"
    case wallClock = "wall_clock"

    /// The operation with that name on the wire; `nil` for a name this version does not know.
    package init?(name: String) {
        switch name {
        case "tokens": self = .tokens
        case "chat": self = .chat
        case "completion": self = .completion
        case "responses": self = .responses
        case "embedding": self = .embedding
        case "realtime": self = .realtime
        default: self.init(rawValue: name)
        }
    }

    /// The name on the wire.
    package var name: String { rawValue }
}
