/// The quantities of one metered call.
///
/// `input_tokens` and `output_tokens` are totals: cached, written and modality tokens are part of input, reasoning is
/// part of output.
package struct Usage: Hashable, Sendable {
    /// One known quantity and how much of it.
    package struct Item: Hashable, Sendable {
        package var quantity: UsageQuantity
        package var amount: Amount

        package init(_ quantity: UsageQuantity, _ amount: Amount) {
            self.quantity = quantity
            self.amount = amount
        }
    }

    /// A quantity named by the client or by a guardrail policy, and how much of it.
    package struct NamedItem: Hashable, Sendable {
        package var name: String
        package var amount: Amount

        package init(_ name: String, _ amount: Amount) {
            self.name = name
            self.amount = amount
        }
    }

    /// The known quantities that were reported, each once.
    package var items: [Item]
    /// Quantities under `custom`, each name once.
    package var custom: [NamedItem]
    /// Units by guardrail policy under `guardrail_units`, each name once.
    package var guardrailUnits: [NamedItem]

    package init(items: [Item] = [], custom: [NamedItem] = [], guardrailUnits: [NamedItem] = []) {
        self.items = items
        self.custom = custom
        self.guardrailUnits = guardrailUnits
    }

    /// How much of a quantity was reported, or `nil` when it was not.
    package subscript(quantity: UsageQuantity) -> Amount? {
        for item in items where item.quantity == quantity { return item.amount }
        return nil
    }

    /// Whether nothing at all was reported.
    package var isEmpty: Bool {
        items.isEmpty && custom.isEmpty && guardrailUnits.isEmpty
    }
}
