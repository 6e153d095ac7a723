package import PriceBook

/// What else the catalogue's providers and models are called: other names, and names with a `*` for any text.
///
/// Names are compared in lower case. It is asked only about models that have no price under their own name, so that an
/// alias never takes a price away from anybody.
package struct CatalogueNames: Hashable, Sendable {
    /// The catalogue's name of a provider, by each other name.
    private(set) var providers: [String: String] = [:]
    private var models: [String: Models] = [:]

    /// The names of one provider's models.
    private struct Models: Hashable {
        var exact: [String: String] = [:]
        /// The one with the most text first, so that the closest fits.
        var patterns: [Pattern] = []
    }

    private struct Pattern: Hashable {
        var text: String
        var model: String
    }

    /// A provider and model under the catalogue's own names.
    package struct Match: Hashable, Sendable {
        package var provider: String
        package var model: String
    }

    /// The catalogue's own names for what a client wrote; `nil` when it knows none, or they are the same.
    ///
    /// - Parameters:
    ///   - provider: As the client wrote it.
    ///   - model: As the client wrote it, with or without the provider before it.
    /// - Returns: The catalogue's names.
    package func match(provider: String, model: String) -> Match? {
        let written = Match(provider: provider.lowercased(), model: model.lowercased())
        let provider = providers[written.provider] ?? written.provider
        guard let models = models[provider], written.model.utf8.count <= Self.lengthLimit else { return nil }
        var name = written.model
        for prefix in [written.provider, provider] where name.hasPrefix(prefix + "/") {
            name = String(name.dropFirst(prefix.utf8.count + 1))
        }
        let model = models.exact[name] ?? models.patterns.first { Self.fits(name, $0.text) }?.model
        guard let model else { return nil }
        let match = Match(provider: provider, model: model)
        return match == written ? nil : match
    }

    /// A longer name is none of the catalogue's.
    private static let lengthLimit = 256

    /// Adds another name of a provider; says `false` when it is one already.
    mutating func add(provider: String, called name: String) -> Bool {
        guard providers[name] == nil, models[name] == nil else { return false }
        providers[name] = provider
        return true
    }

    /// Adds a name of a model, its own included; says which other model has that name already.
    mutating func add(_ model: String, of provider: String, called name: String) -> String? {
        var names = models[provider] ?? Models()
        defer { models[provider] = names }
        guard name.contains("*") else {
            if let owner = names.exact[name], owner != model { return owner }
            names.exact[name] = model
            return nil
        }
        if let owner = names.patterns.first(where: { $0.text == name }) {
            return owner.model == model ? nil : owner.model
        }
        let pattern = Pattern(text: name, model: model)
        let place = names.patterns.firstIndex { $0.text.utf8.count < name.utf8.count } ?? names.patterns.endIndex
        names.patterns.insert(pattern, at: place)
        return nil
    }

    /// Whether a name fits a pattern: each `*` stands for at least one character.
    ///
    /// It goes back only to the last `*`, so that no name makes it slow.
    static func fits(_ name: String, _ pattern: String) -> Bool {
        let (text, marks) = (Array(name.utf8), Array(pattern.utf8))
        var (position, mark) = (0, 0)
        var retry: (position: Int, mark: Int)?
        while position < text.count {
            if mark < marks.count, marks[mark] == UInt8(ascii: "*") {
                retry = (position + 1, mark + 1)
                (position, mark) = (position + 1, mark + 1)
            } else if mark < marks.count, marks[mark] == text[position] {
                (position, mark) = (position + 1, mark + 1)
            } else if let last = retry {
                retry = (last.position + 1, last.mark)
                (position, mark) = (last.position + 1, last.mark)
            } else {
                return false
            }
        }
        return mark == marks.count
    }
}

extension CatalogueNames {
    /// The names as a price book asks for them.
    package var aliases: PriceAliases {
        PriceAliases { provider, model in
            match(provider: provider, model: model).map { ($0.provider, $0.model) }
        } otherNames: { provider in
            providers.filter { $0.value == provider }.keys.sorted()
        }
    }
}
