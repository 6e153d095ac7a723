package import Domain

extension PricePlan {
    /// What was metered: as the request says, else from what the model does and which quantities were reported.
    package func operation(of request: PriceRequest) -> PriceOperation {
        if let operation = request.operation { return operation }
        let isBatch = request.attributes.serviceTier?.lowercased() == "batch"
        return derivedOperation(Quantities(request.usage), isBatch: isBatch)
    }

    func derivedOperation(_ used: Quantities, isBatch: Bool) -> PriceOperation {
        switch mode {
        case .image where used.images > 0 && !used.hasTokens: .image
        case .video where used.seconds > 0 || used.videoSeconds > 0: .video
        case .transcription where !used.hasTokens && (used.seconds > 0 || used.audioSeconds > 0): .transcription
        case .speech where used.characters > 0: .speech
        case .ocr: isBatch ? .ocrBatch : .ocr
        case .rerank: .rerank
        case .search: .search
        case .guardrail: .guardrail
        case .embedding: .embedding
        case .image, .video, .transcription, .speech: used.hasTokens ? .tokens : toolOperation(used) ?? .tokens
        case .tokens(let operation):
            if billsOnlyTime, used.seconds > 0 {
                .wallClock
            } else if used.hasTokens {
                operation
            } else {
                toolOperation(used) ?? operation
            }
        }
    }

    /// The tool that was used, when nothing else was.
    private func toolOperation(_ used: Quantities) -> PriceOperation? {
        if used.webSearches > 0 { return .webSearch }
        if used.mapsRequests > 0 { return .mapsGrounding }
        return used.sessions > 0 ? .codeInterpreter : nil
    }
}
