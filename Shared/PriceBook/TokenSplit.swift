import Domain

/// The tokens of a call, split into the parts that are billed apart (rule 1).
///
/// Totals are reported with their parts inside; what is left when the parts are taken out is text.
struct TokenSplit {
    var inputText: Int64 = 0
    var cacheRead: Int64 = 0
    var cacheReadExplicit: Int64 = 0
    var cacheReadAudio: Int64 = 0
    var cacheReadImage: Int64 = 0
    var cacheWrite: Int64 = 0
    var cacheWriteAudio: Int64 = 0
    var cacheWrite1h: Int64 = 0
    var inputAudio: Int64 = 0
    var inputImage: Int64 = 0
    var inputVideo: Int64 = 0
    var outputText: Int64 = 0
    var rules: PriceRules = []
    var isInconsistent = false

    init(_ used: Quantities) {
        splitInput(used)
        splitCache(used)
        let parts = used.reasoning + used.audioOutput + used.imageOutput + used.videoOutput
        outputText = max(used.output - parts, 0)
        if parts > used.output { isInconsistent = true }
    }

    private mutating func splitInput(_ used: Quantities) {
        inputAudio = max(used.audioInput - used.cachedAudio - used.cacheWriteAudio, 0)
        inputImage = max(used.imageInput - used.cachedImage, 0)
        inputVideo = used.videoInput
        let cached = used.cacheRead + used.cacheWrite
        let left = used.input - cached - inputAudio - inputImage - inputVideo
        guard left < 0 else {
            inputText = left
            return
        }
        isInconsistent = true
        guard cached > 0 else { return }
        // What a cache did not cover is given to the modalities in turn; the cached tokens are billed in full.
        if used.cacheRead > used.input { rules.insert(.cachedExceedsInput) }
        rules.insert(cached > used.input ? .cacheSumExceedsInput : .audioOverlapsCache)
        var budget = max(used.input - cached, 0)
        inputAudio = min(inputAudio, budget)
        budget -= inputAudio
        inputImage = min(inputImage, budget)
        budget -= inputImage
        inputVideo = min(inputVideo, budget)
        inputText = budget - inputVideo
    }

    private mutating func splitCache(_ used: Quantities) {
        var read = used.cacheRead
        func take(_ wanted: Int64, from rest: inout Int64) -> Int64 {
            let taken = min(wanted, rest)
            rest -= taken
            return taken
        }
        cacheReadAudio = take(used.cachedAudio, from: &read)
        cacheReadImage = take(used.cachedImage, from: &read)
        cacheReadExplicit = take(used.explicitCacheRead, from: &read)
        cacheRead = read
        cacheWrite1h = used.cacheWrite1h
        var written = max(used.cacheWrite - used.cacheWrite1h, 0)
        cacheWriteAudio = take(used.cacheWriteAudio, from: &written)
        cacheWrite = written
        let named = used.cachedAudio + used.cachedImage + used.explicitCacheRead
        if named > used.cacheRead || used.cacheWrite1h + used.cacheWriteAudio > used.cacheWrite {
            isInconsistent = true
        }
    }
}
