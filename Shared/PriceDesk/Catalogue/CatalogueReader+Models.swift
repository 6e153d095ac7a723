internal import Domain
internal import PriceBook
internal import ServiceRuntime

extension CatalogueReader {
    private static let fieldNames = [
        "provider", "model", "models", "aliases", "mode", "plan", "rates", "custom", "valid_from", "valid_to", "source",
        "evidence", "seen", "note",
    ]
    private static let requiredNames = ["provider", "mode", "valid_from", "source", "evidence", "seen"]

    /// Reads one price and adds it for each of its models.
    mutating func readModel(_ value: YAMLValue) {
        guard let fields = fields(of: value, known: Self.fieldNames, required: Self.requiredNames) else { return }
        // All fields are read before any of them can end the reading, so that every problem is told.
        let provider = fields["provider"].flatMap { name($0) }
        let models = models(of: value, fields)
        let mode: CatalogueMode? = fields["mode"].flatMap { choice($0) }
        let rates = rates(of: value, fields, mode: mode)
        let from = fields["valid_from"].flatMap { time($0) }
        let to = fields["valid_to"].map { time($0) } ?? .some(nil)
        let source = fields["source"].flatMap { text($0) }
        let evidence: CatalogueEntry.Evidence? = fields["evidence"].flatMap { choice($0) }
        let seen = fields["seen"].flatMap { day($0) }
        let note = fields["note"].flatMap { text($0) }
        guard let provider, let models, let mode, let rates, let from, let to, let source, let evidence, let seen
        else { return }
        if let from, let to, to <= from { return report(fields["valid_to"] ?? value, "is not after valid_from") }
        let plan = fields["plan"].flatMap { name($0) }
        if let plan, catalogue.plans[provider]?.known.contains(plan) != true {
            return report(fields["plan"] ?? value, "is \(plan), which is not among the plans of \(provider)")
        }
        guard addNames(of: models, of: provider, fields, value) else { return }
        let content = rates.content(provider: provider, mode: mode.rawValue)
        for model in models {
            guard let price = price("\(provider)/\(model)", content, from, to, at: value) else { return }
            catalogue.entries.append(
                CatalogueEntry(
                    provider: provider,
                    model: model,
                    plan: plan,
                    price: price,
                    source: source,
                    evidence: evidence,
                    seen: seen,
                    note: note,
                    line: value.line
                )
            )
        }
    }

    /// The names that the price stands under: `model` or `models`.
    private mutating func models(of value: YAMLValue, _ fields: [String: YAMLValue]) -> [String]? {
        switch (fields["model"], fields["models"]) {
        case (let model?, nil): return name(model).map { [$0] }
        case (nil, let models?):
            if let aliases = fields["aliases"] { report(aliases, "needs model, not models: an alias is of one model") }
            return names(models)
        case (nil, nil):
            report(value, "lacks the field model or models")
            return nil
        case (_?, _?):
            report(value, "has both model and models")
            return nil
        }
    }

    private mutating func addNames(
        of models: [String],
        of provider: String,
        _ fields: [String: YAMLValue],
        _ value: YAMLValue
    ) -> Bool {
        if let owner = catalogue.names.providers[provider] {
            report(fields["provider"] ?? value, "is only another name of \(owner)")
            return false
        }
        var isFree = true
        for model in models {
            if let owner = catalogue.names.add(model, of: provider, called: model) {
                report(value, "\(model) is a name of \(owner) already")
                isFree = false
            }
        }
        guard let model = models.first, let aliases = fields["aliases"] else { return isFree }
        for alias in names(aliases, arePatterns: true) ?? [] {
            if let owner = catalogue.names.add(model, of: provider, called: alias) {
                report(aliases, "\(alias) is a name of \(owner) already")
                isFree = false
            }
        }
        return isFree
    }

    private mutating func price(
        _ key: String,
        _ content: [UInt8],
        _ from: Timestamp?,
        _ to: Timestamp?,
        at value: YAMLValue
    ) -> PriceEntry? {
        do throws(PriceBookError) {
            return try PriceEntry(key: key, json: content, validFrom: from, validTo: to)
        } catch {
            report(value, error.message)
            return nil
        }
    }
}

/// What a model does: the names of LiteLLM's map, and `audio_generation`, which it lacks.
enum CatalogueMode: String, CaseIterable {
    case audioGeneration = "audio_generation"
    case audioSpeech = "audio_speech"
    case audioTranscription = "audio_transcription"
    case chat, completion, embedding, guardrail, moderation, ocr, realtime, rerank, responses, search
    case imageEdit = "image_edit"
    case imageGeneration = "image_generation"
    case vectorStore = "vector_store"
    case videoGeneration = "video_generation"
}
