package import Domain

/// All prices of one source: what each model costs.
///
/// It is a value that never changes; a newer map makes a newer book. Look plans up through a `PlanCache`.
package struct PriceBook: Sendable {
    /// Where the prices come from.
    package let source: PriceSource
    /// What of the map could not be used.
    package let issues: [PriceBookIssue]
    /// The zones that off-peak calendars are read in.
    package let zones: ZoneOffsets
    let entries: [PriceEntry]
    let names: [String: Int32]
    private let routerFee: (key: String, rate: Rate)?

    /// Reads LiteLLM's price map.
    ///
    /// - Parameters:
    ///   - bytes: The JSON text; its rates are read from the decimal text. The caller bounds the size.
    ///   - zones: The zones of off-peak calendars.
    /// - Throws: `PriceBookError` when the bytes are no such map.
    package init(litellm bytes: [UInt8], zones: ZoneOffsets = .fixed) throws(PriceBookError) {
        let map = try PriceMap(litellm: bytes)
        self.init(entries: map.entries, source: .litellm, issues: map.issues, zones: zones)
    }

    init(entries: [PriceEntry], source: PriceSource, issues: [PriceBookIssue] = [], zones: ZoneOffsets = .fixed) {
        self.entries = entries
        self.source = source
        self.issues = issues
        self.zones = zones
        var names: [String: Int32] = [:]
        names.reserveCapacity(entries.count)
        for (index, entry) in entries.enumerated() {
            names[entry.key.lowercased()] = Int32(truncatingIfNeeded: index)
        }
        self.names = names
        let router = "azure_ai/model_router"
        routerFee = names[router].flatMap { entries[Int($0)].rate(RateKey(.inputToken)) }.map { (router, $0) }
    }

    /// How many price entries there are.
    package var count: Int { entries.count }

    /// The prices that a query's model resolves to; `nil` when no name matches (rule 11).
    package func plan(for query: PriceQuery) -> PricePlan? {
        guard let match = resolve(query) else { return nil }
        return makePlan(match.index, rules: match.rules)
    }

    /// The prices under a key, as a provenance names it: what a cost is computed again from.
    package func plan(key: String) -> PricePlan? {
        names[key.lowercased()].map { makePlan($0, rules: []) }
    }

    private func makePlan(_ index: Int32, rules: PriceRules) -> PricePlan {
        let entry = entries[Int(index)]
        let container = "\(entry.provider)/container"
        let session = names[container].flatMap { entries[Int($0)].rate(RateKey(.codeInterpreterSession)) }
        return PricePlan(
            entry,
            source: source,
            companions: .init(routerFee: routerFee, codeInterpreter: session.map { (container, $0) }),
            rules: rules,
            zones: zones
        )
    }
}
