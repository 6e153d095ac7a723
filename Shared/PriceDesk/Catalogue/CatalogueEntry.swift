package import PriceBook

/// One price of the catalogue: what a model costs from when until when, and how that is known.
package struct CatalogueEntry: Hashable, Sendable {
    /// Who bills, in lower case.
    package var provider: String
    /// The name that the price stands under, in lower case.
    package var model: String
    /// The only plan that the price holds for; `nil` for every plan.
    package var plan: String?
    /// The rates under the key `provider/model`, and their validity.
    package var price: PriceEntry
    /// Where the figure is from.
    package var source: String
    /// How sure that is.
    package var evidence: Evidence
    /// The day or month of the source, `2026-06` or `2026-06-30`.
    package var seen: String
    /// Anything else that a reader should know.
    package var note: String?
    /// The line in the file, from 1.
    package var line: Int

    /// How sure a figure is.
    package enum Evidence: String, CaseIterable, Hashable, Sendable {
        /// Read on a page.
        case seen
        /// From memory, unverified.
        case recalled
    }
}
