/// The kinds of tokens that are billed apart, in the order of the components of a cost.
enum TokenSlot: Int, CaseIterable, Sendable {
    case inputText
    case cacheRead
    case cacheReadExplicit
    case cacheReadAudio
    case cacheReadImage
    case cacheWrite
    case cacheWriteAudio
    case cacheWrite1h
    case inputAudio
    case inputImage
    case inputVideo
    case outputText
    case reasoning
    case outputAudio
    case outputImage
    case outputVideo

    static let count = allCases.count
}
