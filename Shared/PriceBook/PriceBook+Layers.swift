import Domain

/// The versions that make up one model's prices at a time.
struct PriceLayers {
    /// Indices of versions, the lowest first; never empty.
    var indices: [Int]
    var rules: PriceRules = []
    /// Whether the time is before the first price, whose rates are used then.
    var isBackdated = false
}

extension PriceBook {
    /// Finds what holds for these names.
    ///
    /// - Parameters:
    ///   - names: The names that the prices may stand under.
    ///   - workspace: Whose overrides count beside those of all.
    ///   - window: The moment; it is narrowed to the time in which the answer stays the same.
    /// - Returns: The versions; `nil` when none holds.
    func layers(_ names: ModelNames, workspace: String?, _ window: inout PriceWindow) -> PriceLayers? {
        let base = base(names, &window)
        var seen = PriceWindow(at: Timestamp(microseconds: window.time))
        var overrides = overrides(names, workspace: workspace, &seen)
        window.narrow(to: seen)
        var isBackdated = base?.isBackdated ?? false
        if base == nil, overrides.isEmpty, !window.hasBegun, let start = seen.nextStart {
            var first = PriceWindow(at: Timestamp(microseconds: start))
            overrides = self.overrides(names, workspace: workspace, &first)
            isBackdated = true
        }
        let indices = (base?.indices ?? []) + overrides
        guard !indices.isEmpty else { return nil }
        return PriceLayers(indices: indices, rules: base?.rules ?? [], isBackdated: isBackdated)
    }

    /// What map and catalogue say; before the first price of any of these names, what that says.
    func base(_ names: ModelNames, _ window: inout PriceWindow) -> PriceLayers? {
        var seen = PriceWindow(at: Timestamp(microseconds: window.time))
        let now = baseLayers(names, &seen)
        window.narrow(to: seen)
        guard now == nil, !seen.hasBegun, let start = seen.nextStart else { return now }
        var first = PriceWindow(at: Timestamp(microseconds: start))
        var earliest = baseLayers(names, &first)
        earliest?.isBackdated = true
        return earliest
    }

    /// The catalogue's entry of the exact name over the map's entry that the name resolves to.
    ///
    /// Where there is neither, the catalogue is asked for the stripped names too.
    private func baseLayers(_ names: ModelNames, _ window: inout PriceWindow) -> PriceLayers? {
        let map = first(names.lookups, of: names.provider, in: .litellm, &window)
        if let own = first(names.exactLookups, of: names.provider, in: .catalogue, &window) {
            return PriceLayers(indices: [map?.index, own.index].compactMap(\.self), rules: map?.rules ?? own.rules)
        }
        let match = map ?? first(names.lookups, of: names.provider, in: .catalogue, &window)
        return match.map { PriceLayers(indices: [$0.index], rules: $0.rules) }
    }

    private func first(
        _ lookups: [ModelNames.Lookup],
        of provider: String,
        in source: PriceSource,
        _ window: inout PriceWindow
    ) -> (index: Int, rules: PriceRules)? {
        for lookup in lookups {
            var best: Int?
            for index in versions(of: lookup.key, in: source) {
                let entry = versions[index].entry
                guard Self.bills(entry.provider, as: provider), window.holds(entry) else { continue }
                if best.map({ isBefore($0, index) }) != false { best = index }
            }
            if let best { return (best, lookup.rules) }
        }
        return nil
    }

    /// Whether of two versions of a key that hold at once the second one counts.
    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        let (one, other) = (versions[left], versions[right])
        let starts = (one.entry.validFrom?.microseconds ?? .min, other.entry.validFrom?.microseconds ?? .min)
        if starts.0 != starts.1 { return starts.0 < starts.1 }
        if one.recordedAt != other.recordedAt { return one.recordedAt < other.recordedAt }
        return left < right
    }

    /// The overrides of the exact name, the lowest first.
    ///
    /// Those of the workspace lie over those of all, a size's over those of the model, later ones over earlier ones.
    func overrides(_ names: ModelNames, workspace: String?, _ window: inout PriceWindow) -> [Int] {
        guard hasOverrides else { return [] }
        var found: [(index: Int, order: (Int, Int, Timestamp, Int))] = []
        for (place, lookup) in names.exactLookups.enumerated() {
            for index in versions(of: lookup.key, in: .override) {
                let version = versions[index]
                let isOwn = version.workspace != nil
                guard
                    !isOwn || version.workspace == workspace, version.entry.provider == names.provider,
                    version.entry.hasPrice, window.holds(version.entry)
                else { continue }
                found.append((index, (isOwn ? 1 : 0, -place, version.recordedAt, index)))
            }
        }
        return found.sorted { $0.order < $1.order }.map(\.index)
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
