import Domain

/// The names under which a model's prices may stand; all in lower case.
struct ModelNames {
    let provider: String
    /// Every name in the order in which they are tried (rule 11).
    let lookups: [Lookup]
    /// The names of the very model that was asked for: what the catalogue and overrides go by.
    let exactLookups: [Lookup]

    /// A key to try, and the rules that its use means.
    struct Lookup {
        var key: String
        var rules: PriceRules = []
    }

    init(_ query: PriceQuery) {
        let provider = query.provider.lowercased()
        let model = query.model.lowercased()
        self.provider = provider
        let unrouted = removing(prefix: provider + "/", from: model)
        let variants = Self.imageVariants(query, provider: provider, model: unrouted)
            .map { Lookup(key: $0, rules: PriceRules(.imageSizeQualityKey)) }
        let names = [Lookup(key: "\(provider)/\(unrouted)")]
        exactLookups = variants + names
        let video = query.isVideo ? [Lookup(key: model)] : []
        lookups = video + variants + Self.candidates(provider: provider, model: model, unrouted: unrouted)
    }

    /// The names of one entry, its key alone.
    init(key: String, provider: String) {
        self.provider = provider
        lookups = [Lookup(key: key)]
        exactLookups = lookups
    }

    /// `provider/model` → `model` → without the routing prefix → `provider/stripped` → `stripped`.
    private static func candidates(provider: String, model: String, unrouted: String) -> [Lookup] {
        var result = ["\(provider)/\(model)", model].map { Lookup(key: $0) }
        let stripping = PriceRules(.nameResolution)
        if unrouted != model { result.append(Lookup(key: unrouted, rules: stripping)) }
        for name in unrouted == model ? [model] : [model, unrouted] {
            for stripped in stripped(name, provider: provider) {
                result.append(Lookup(key: "\(provider)/\(stripped)", rules: stripping))
                result.append(Lookup(key: stripped, rules: stripping))
            }
        }
        return result
    }

    /// `{quality}/{W-x-H}/{model}` and what the map has of that kind, the provider's prefix optional.
    private static func imageVariants(_ query: PriceQuery, provider: String, model: String) -> [String] {
        guard query.imageSize != nil || query.imageQuality != nil else { return [] }
        let (size, quality) = (query.imageSize, query.imageQuality)
        var forms: [[String?]] = [[quality, size, model], [size, quality, model], [size, model]]
        if size == nil { forms = [[quality, model]] }
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
