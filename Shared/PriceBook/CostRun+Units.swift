import Domain

extension CostRun {
    // Rule 9: what is metered by other units than tokens.

    mutating func billSpeech() {
        bill(.characters, used.characters, plan.units.character, of: .characters, rule: .perCharacter)
    }

    mutating func billTranscription() {
        let seconds = used.seconds > 0 ? used.seconds : used.audioSeconds
        bill(.seconds, seconds, plan.units.transcription, of: .seconds, rule: .perSecondTranscription)
    }

    mutating func billWallClock() {
        bill(.seconds, used.seconds, plan.units.wallClock, of: .seconds, rule: .perSecondWallClock)
    }

    mutating func billImages() {
        if let size = request.attributes.resolution ?? request.attributes.size, !plan.named.imageSizes.isEmpty {
            if let match = plan.named.imageSizes.first(where: { $0.name == size.lowercased() }) {
                return bill(.images, used.images, match.rate, of: .images, rule: .imageSizeQualityKey)
            }
            flags.insert(.fallbackSize)
        }
        guard plan.units.isPerPixel else {
            return bill(.images, used.images, plan.units.image, of: .images, rule: .imagePerImage)
        }
        guard let pixels else {
            if used.images > 0 { unrated |= UsageQuantity.images.bit }
            return
        }
        bill(.pixels, pixels, plan.units.image, of: .images, rule: .imagePerPixel)
    }

    /// Width × height × images in millionths; `nil` without a size.
    private var pixels: Int64? {
        var (width, height) = (used.width / 1_000_000, used.height / 1_000_000)
        if width == 0 || height == 0, let size = request.attributes.size {
            let sides = size.lowercased().split(separator: "x").map { $0.filter(\.isNumber) }.compactMap { Int64($0) }
            guard sides.count == 2 else { return nil }
            (width, height) = (sides[0], sides[1])
        }
        guard width > 0, height > 0 else { return nil }
        return width.multipliedClamping(by: height).multipliedClamping(by: used.images)
    }

    mutating func billVideo() {
        let seconds = used.seconds > 0 ? used.seconds : used.videoSeconds
        if plan.units.outputVideoSecond.exists {
            return bill(.videoSeconds, seconds, plan.units.outputVideoSecond, of: .seconds, rule: .videoPerSecond)
        }
        if let resolution = request.attributes.resolution?.lowercased() {
            if let match = plan.named.resolutions.first(where: { $0.name == resolution }) {
                return bill(.videoSeconds, seconds, match.rate, of: .seconds, rule: .videoPerSecondResolution)
            }
            if !plan.named.resolutions.isEmpty { flags.insert(.fallbackSize) }
        }
        bill(.videoSeconds, seconds, plan.units.outputSecond, of: .seconds, rule: .videoPerSecond)
    }

    mutating func billSearch() {
        guard !plan.named.searchTiers.isEmpty else {
            return bill(.queries, used.queries, plan.units.query, of: .queries, rule: .perQuerySearch)
        }
        let results = used.maxResults > 0 ? used.maxResults / 1_000_000 : 10
        let tiers = plan.named.searchTiers
        let tier = tiers.first { results <= $0.last } ?? tiers[tiers.count - 1]
        bill(.queries, used.queries, tier.rate, of: .queries, rule: .searchTierByMaxResults)
    }

    mutating func billRerank() {
        guard plan.units.query.exists || !used.hasTokens else { return }
        bill(.queries, used.queries, plan.units.query, of: .queries, rule: .perQueryRerank)
    }

    mutating func billPages(isBatch: Bool) {
        if plan.units.credit.exists, used.credits > 0 {
            return bill(.credits, used.credits, plan.units.credit, of: .credits, rule: .perCreditOcr)
        }
        let rule = isBatch ? PriceRule.perPageOcrBatch : .perPageOcr
        let page = isBatch ? plan.units.batchPage : plan.units.page
        let annotation = isBatch ? plan.units.batchAnnotation : plan.units.annotation
        bill(.pages, used.pages, page, of: .pages, rule: rule)
        bill(.annotatedPages, used.annotatedPages, annotation, of: .annotatedPages, rule: rule)
    }
}
