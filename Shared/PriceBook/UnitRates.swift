import Domain

/// The rates of everything that is not tokens.
struct UnitRates: Sendable {
    var character: ResolvedRate
    var citation: ResolvedRate
    var inputImage: ResolvedRate
    var audioSecond: ResolvedRate
    var videoSecond: ResolvedRate
    var videoSecondAbove8: ResolvedRate
    var videoSecondAbove15: ResolvedRate
    var query: ResolvedRate
    var request: ResolvedRate
    var textMessage: ResolvedRate
    /// The first rate that is not zero of image, output image and pixel.
    var image: ResolvedRate
    var isPerPixel: Bool
    var transcription: ResolvedRate
    var wallClock: ResolvedRate
    var outputVideoSecond: ResolvedRate
    var outputSecond: ResolvedRate
    var page: ResolvedRate
    var annotation: ResolvedRate
    var batchPage: ResolvedRate
    var batchAnnotation: ResolvedRate
    var credit: ResolvedRate
    var maps: ResolvedRate

    init(of entry: PriceEntry, names: inout RateNames) {
        func draft(_ family: RateFamily, _ tier: RateTier = .standard) -> DraftRate? {
            entry.rate(RateKey(family, tier: tier)).map { DraftRate($0, key: RateKey(family, tier: tier).name) }
        }
        func named(_ name: String) -> DraftRate? {
            entry.extras?.named.first { $0.name == name }.map { DraftRate($0.rate, key: name) }
        }
        func positive(_ drafts: DraftRate?...) -> DraftRate? {
            let present = drafts.compactMap(\.self)
            return present.first { !$0.rate.isFree } ?? present.first
        }
        character = names.resolve(draft(.inputCharacter))
        citation = names.resolve(draft(.citation))
        inputImage = names.resolve(draft(.inputImage))
        audioSecond = names.resolve(draft(.inputAudioSecond))
        let interval = RateFamily.inputVideoSecond.rawValue
        videoSecond = names.resolve(draft(.inputVideoSecond))
        videoSecondAbove8 = names.resolve(named(interval + "_above_8s_interval") ?? draft(.inputVideoSecond))
        videoSecondAbove15 = names.resolve(
            named(interval + "_above_15s_interval") ?? named(interval + "_above_8s_interval")
                ?? draft(.inputVideoSecond)
        )
        query = names.resolve(draft(.inputQuery))
        request = names.resolve(draft(.inputRequest))
        textMessage = names.resolve(draft(.inputTextMessage))
        let perImage = positive(draft(.inputImage), draft(.outputImage))
        let perPixel = positive(draft(.inputPixel), draft(.outputPixel))
        isPerPixel = perImage == nil ? perPixel != nil : perImage?.rate.isFree == true && perPixel?.rate.isFree == false
        image = names.resolve(isPerPixel ? perPixel : perImage)
        // Output if it costs anything, else input.
        transcription = names.resolve(
            draft(.outputSecond).flatMap { $0.rate.isFree ? nil : $0 } ?? draft(.inputSecond) ?? draft(.second)
                ?? draft(.outputSecond)
        )
        wallClock = names.resolve(positive(draft(.second), draft(.inputSecond), draft(.outputSecond)))
        outputVideoSecond = names.resolve(draft(.outputVideoSecond))
        outputSecond = names.resolve(draft(.outputSecond))
        let pageRate = draft(.ocrPage)
        page = names.resolve(pageRate)
        annotation = names.resolve(draft(.annotationPage) ?? pageRate)
        let batchPageRate = draft(.ocrPage, .batch) ?? pageRate
        batchPage = names.resolve(batchPageRate)
        batchAnnotation = names.resolve(draft(.annotationPage, .batch) ?? draft(.annotationPage) ?? batchPageRate)
        credit = names.resolve(draft(.ocrCredit))
        maps = names.resolve(draft(.mapsQuery))
    }
}
