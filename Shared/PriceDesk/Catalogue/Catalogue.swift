package import PriceBook

/// The prices of a catalogue's file, the plans they belong to and the names they go by.
///
/// It is a value that never changes; an edited file makes another one.
package struct Catalogue: Hashable, Sendable {
    /// The file, as its user knows it.
    package var file: String
    /// Every price, in the order of the file.
    package var entries: [CatalogueEntry] = []
    /// The plans, by provider.
    package var plans: [String: PlanChoice] = [:]
    /// What else providers and models are called.
    package var names = CatalogueNames()

    /// The plans that a provider's prices are for.
    package struct PlanChoice: Hashable, Sendable {
        /// The one that holds unless another is chosen.
        package var standard: String
        /// All there are.
        package var known: [String]
    }

    init(file: String) {
        self.file = file
    }

    /// The prices that hold with a choice of plans, in the order of the file.
    ///
    /// A price that is not ended by itself ends where the next of its model begins.
    ///
    /// - Parameter choice: The plan by provider; the file's default holds for the others.
    /// - Returns: The prices.
    /// - Throws: `CatalogueError` when a chosen provider has no plans, or not that one.
    package func prices(choosing choice: [String: String] = [:]) throws(CatalogueError) -> [PriceEntry] {
        let problems = choice.sorted { $0.key < $1.key }.compactMap(problem)
        guard problems.isEmpty else { throw CatalogueError(problems) }
        let holding = entries.filter { entry in
            entry.plan == nil || entry.plan == choice[entry.provider] ?? plans[entry.provider]?.standard
        }
        return Self.ended(holding.map(\.price))
    }

    private func problem(provider: String, plan: String) -> CatalogueProblem? {
        let field = "plans.\(provider)"
        guard let known = plans[provider]?.known else {
            return CatalogueProblem(file: file, line: 0, field: field, message: "has no plans to choose from")
        }
        guard !known.contains(plan) else { return nil }
        let list = known.joined(separator: ", ")
        return CatalogueProblem(file: file, line: 0, field: field, message: "has no plan \(plan), only \(list)")
    }

    /// The prices, each ended where the next of the same key begins.
    private static func ended(_ prices: [PriceEntry]) -> [PriceEntry] {
        var prices = prices
        let places = Dictionary(grouping: prices.indices) { prices[$0].key }
        for indices in places.values where indices.count > 1 {
            let ordered = indices.sorted { CatalogueVersions.begins(prices[$0], before: prices[$1]) }
            for (earlier, later) in zip(ordered, ordered.dropFirst()) where prices[earlier].validTo == nil {
                prices[earlier].validTo = prices[later].validFrom
            }
        }
        return prices
    }
}

/// The order of the versions of one model's price.
enum CatalogueVersions {
    /// Whether a version begins before another; one that has always held is the first.
    static func begins(_ price: PriceEntry, before other: PriceEntry) -> Bool {
        guard let start = other.validFrom else { return false }
        return price.validFrom.map { $0 < start } ?? true
    }

    /// Whether two versions hold at the same time although neither just ends the other.
    static func collide(_ price: PriceEntry, _ other: PriceEntry) -> Bool {
        if price.validFrom == other.validFrom { return true }
        let (first, second) = begins(price, before: other) ? (price, other) : (other, price)
        guard let end = first.validTo, let start = second.validFrom else { return false }
        return start < end
    }
}
