package import Domain

/// The prices of all sources in all their versions: what each model costs, when, and for whom.
///
/// Sources lie over each other rate by rate: an override of a workspace over one of all, over the catalogue, over
/// LiteLLM's map. It is a value that never changes; newer prices make a newer book. Look plans up through a `PlanCache`.
package struct PriceBook: Sendable {
    /// Every version, in the order in which they were handed in.
    package let versions: [PriceVersion]
    /// The zones that off-peak calendars are read in.
    package let zones: ZoneOffsets
    /// Other names of models, asked about those that have no price under their own.
    package let aliases: PriceAliases
    /// The first version of a key by source; the others follow in `next`.
    private let heads: [PriceSource: [String: Int32]]
    private let next: [Int32]
    private let overriddenWorkspaces: Set<String>

    /// Makes the book of these versions.
    ///
    /// Of several versions of a catalogue's or the map's key that hold at one time, the one that begins last holds, of
    /// those the one that was recorded last. Overrides lie over each other, the one recorded last on top.
    ///
    /// - Parameters:
    ///   - versions: In any order; keys are the same whatever their case.
    ///   - zones: The zones of off-peak calendars.
    ///   - aliases: Other names of models.
    package init(versions: [PriceVersion], zones: ZoneOffsets = .fixed, aliases: PriceAliases = .none) {
        var heads: [PriceSource: [String: Int32]] = [:]
        var next: [Int32] = []
        var workspaces: Set<String> = []
        next.reserveCapacity(versions.count)
        heads[.litellm, default: [:]].reserveCapacity(versions.count)
        for (index, version) in versions.enumerated() {
            let number = Int32(truncatingIfNeeded: index)
            let key = version.entry.key.lowercased()
            next.append(heads[version.source, default: [:]].updateValue(number, forKey: key) ?? -1)
            if let workspace = version.workspace { workspaces.insert(workspace) }
        }
        self.versions = versions
        self.zones = zones
        self.aliases = aliases
        self.heads = heads
        self.next = next
        overriddenWorkspaces = workspaces
    }

    /// Makes the book of LiteLLM's price map alone, as if its prices had always held.
    ///
    /// - Parameters:
    ///   - bytes: The JSON text; its rates are read from the decimal text. The caller bounds the size.
    ///   - zones: The zones of off-peak calendars.
    /// - Throws: `PriceBookError` when the bytes are no such map.
    package init(litellm bytes: [UInt8], zones: ZoneOffsets = .fixed) throws(PriceBookError) {
        let entries = try PriceMap(litellm: bytes).entries
        let ever = Timestamp(microseconds: 0)
        self.init(
            versions: entries.map { PriceVersion(source: .litellm, entry: $0, recordedAt: ever) },
            zones: zones
        )
    }

    /// How many versions there are.
    package var count: Int { versions.count }

    /// Whether there is any override.
    var hasOverrides: Bool { heads[.override] != nil }

    /// Whether a workspace has prices of its own.
    func hasOverrides(for workspace: String) -> Bool {
        overriddenWorkspaces.contains(workspace)
    }

    /// The prices that hold for a query at a time; `nil` when no name matches (rule 11) or none holds any more.
    package func plan(for query: PriceQuery, at time: Timestamp) -> PricePlan? {
        dated(query, at: time).plan
    }

    /// The versions of a key in a source, the last one first; the key in lower case.
    func versions(of key: String, in source: PriceSource) -> VersionChain {
        VersionChain(links: next, index: heads[source]?[key] ?? -1)
    }
}

/// The indices of a key's versions.
struct VersionChain: Sequence, IteratorProtocol {
    fileprivate let links: [Int32]
    fileprivate var index: Int32

    mutating func next() -> Int? {
        guard index >= 0 else { return nil }
        defer { index = links[Int(index)] }
        return Int(index)
    }
}

/// Other names of models: what a catalogue calls them, for example the family of a voice.
package struct PriceAliases: Sendable {
    /// The provider and model under whose names prices stand, by what a client wrote; `nil` for no other name.
    package let canonical: @Sendable (_ provider: String, _ model: String) -> (provider: String, model: String)?
    /// What else events may call a provider under whose name prices stand.
    package let otherNames: @Sendable (_ provider: String) -> [String]

    package init(
        canonical: @escaping @Sendable (_ provider: String, _ model: String) -> (provider: String, model: String)?,
        otherNames: @escaping @Sendable (_ provider: String) -> [String] = { _ in [] }
    ) {
        self.canonical = canonical
        self.otherNames = otherNames
    }

    /// No other names.
    package static let none = PriceAliases { _, _ in nil }
}
