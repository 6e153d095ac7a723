import Domain

extension PriceBook {
    /// Finds the entry of a query's model (rule 11): exact names only, each of the provider that was asked for.
    func resolve(_ query: PriceQuery) -> (index: Int32, rules: PriceRules)? {
        let provider = query.provider.lowercased()
        let model = query.model.lowercased()
        let names = ModelNames(provider: provider, model: model)
        if query.isVideo, let index = entry(model, of: provider) { return (index, []) }
        if query.imageSize != nil || query.imageQuality != nil {
            for name in names.imageVariants(size: query.imageSize, quality: query.imageQuality) {
                if let index = entry(name, of: provider) { return (index, PriceRules(.imageSizeQualityKey)) }
            }
        }
        for (order, name) in names.candidates.enumerated() {
            guard let index = entry(name, of: provider) else { continue }
            return (index, order < 2 ? [] : PriceRules(.nameResolution))
        }
        return nil
    }

    private func entry(_ name: String, of provider: String) -> Int32? {
        guard let index = names[name] else { return nil }
        return Self.bills(entries[Int(index)].provider, as: provider) ? index : nil
    }

    /// Whether an entry of one provider may price a call of another.
    private static func bills(_ entryProvider: String, as provider: String) -> Bool {
        if entryProvider == provider { return true }
        switch provider {
        case "vertex_ai", "bedrock", "fireworks_ai": return entryProvider.hasPrefix(provider)
        case "azure_ai": return entryProvider == "azure" || entryProvider == "openai"
        default: return false
        }
    }
}

/// The names under which a model's prices may stand, in the order in which they are tried; all in lower case.
struct ModelNames {
    let provider: String
    let model: String

    /// `provider/model` → `model` → without the routing prefix → `provider/stripped` → `stripped`.
    var candidates: [String] {
        let unrouted = removing(prefix: provider + "/", from: model)
        var result = ["\(provider)/\(model)", model]
        if unrouted != model { result.append(unrouted) }
        for name in [model, unrouted] {
            for stripped in Self.stripped(name, provider: provider) {
                result.append("\(provider)/\(stripped)")
                result.append(stripped)
            }
        }
        return result
    }

    /// `{quality}/{W-x-H}/{model}` and what the map has of that kind, the provider's prefix optional.
    func imageVariants(size: String?, quality: String?) -> [String] {
        let unrouted = removing(prefix: provider + "/", from: model)
        var forms: [[String?]] = [[quality, size, unrouted], [size, quality, unrouted], [size, unrouted]]
        if size == nil { forms = [[quality, unrouted]] }
        return forms.map { $0.compactMap(\.self).joined(separator: "/") }
            .flatMap { ["\(provider)/\($0)", $0] }
    }

    private static func stripped(_ name: String, provider: String) -> [String] {
        if name.hasPrefix("ft:") { return withoutFineTune(name).map { [$0] } ?? [] }
        switch provider {
        case "bedrock": return bedrock(name)
        case "vertex_ai", "gemini", "databricks": return withoutTrailingNumber(name).map { [$0] } ?? []
        default: return withoutDate(name).map { [$0] } ?? []
        }
    }

    /// Bedrock's routes, ARNs, regions and geographies, peeled off one by one: the most specific name comes first.
    private static func bedrock(_ name: String) -> [String] {
        var names: [String] = []
        var rest = name
        func step(_ next: String) {
            guard next != rest else { return }
            rest = next
            names.append(next)
        }
        for prefix in ["bedrock/", "converse/", "invoke/", "bedrock/"] {
            step(removing(prefix: prefix, from: rest))
        }
        if rest.hasPrefix("arn:"), let slash = rest.firstIndex(of: "/") {
            step(String(rest[rest.index(after: slash)...]))
        }
        if let slash = rest.firstIndex(of: "/"), isRegion(rest[..<slash]) {
            step(String(rest[rest.index(after: slash)...]))
        }
        if let dot = rest.firstIndex(of: "."), geographies.contains(String(rest[..<dot])) {
            step(String(rest[rest.index(after: dot)...]))
        }
        return names
    }

    private static let geographies: Set<String> = [
        "us", "eu", "apac", "jp", "au", "ca", "sa", "af", "me", "global", "us-gov",
    ]

    /// Whether the text is a region of AWS, such as `us-west-2` or `us-gov-east-1`.
    private static func isRegion(_ text: Substring) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        return (3...4).contains(parts.count) && parts.last.flatMap { Int($0) } != nil
            && parts.dropLast().allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isLetter) }
    }

    /// `ft:base:organisation:name:id` is billed as `ft:base`.
    private static func withoutFineTune(_ name: String) -> String? {
        let parts = name.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count > 4 ? parts.dropLast(3).joined(separator: ":") : nil
    }

    private static func withoutTrailingNumber(_ name: String) -> String? {
        guard let dash = name.lastIndex(of: "-") else { return nil }
        let digits = name[name.index(after: dash)...]
        return !digits.isEmpty && digits.allSatisfy(\.isDecimalDigit) ? String(name[..<dash]) : nil
    }

    /// Without `-YYYY-MM-DD`.
    private static func withoutDate(_ name: String) -> String? {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count > 3 else { return nil }
        let date = parts.suffix(3)
        let isDate =
            date.map(\.utf8.count) == [4, 2, 2] && date.allSatisfy { $0.allSatisfy(\.isDecimalDigit) }
        return isDate ? parts.dropLast(3).joined(separator: "-") : nil
    }
}

/// The text without a prefix, if it has it.
private func removing(prefix: String, from text: String) -> String {
    text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text
}

extension Character {
    fileprivate var isDecimalDigit: Bool { ("0"..."9").contains(self) }
}
