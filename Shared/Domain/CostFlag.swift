/// Something about a cost that a person may want to look at.
///
/// The order is the bit in the ledger: append, never reorder; at most 64.
package enum CostFlag: UInt8, CaseIterable, Hashable, Sendable {
    /// Parts of the usage add up to more than its total; it was priced by the rules for that case.
    case usageInconsistent
    /// No price for tokens read from a cache: another rate was used.
    case fallbackCacheRead
    /// No price for tokens written to a cache: another rate was used.
    case fallbackCacheWrite
    /// No price for tokens of a modality: the rate of text was used.
    case fallbackModality
    /// The service tier has no price for a quantity: the standard rate was used.
    case fallbackServiceTier
    /// No batch price is published: half of the standard rate was used.
    case fallbackBatchHalf
    /// A quantity has no rate because the model bills its input by another unit.
    case includedQuantity
    /// A web search, maps query or image was billed at another size's rate, for want of the named one.
    case fallbackSize
    /// The time zone of an off-peak calendar is unknown: its weekdays were read in UTC.
    case unknownTimeZone
    /// The usage names nothing that was used.
    case emptyUsage
    /// The event is older than the first known price.
    case priceBackdated
    /// The event named a hold that is unknown, foreign, expired or used.
    case unheld
    /// The rate went by what the calendar month had of the quantity before.
    case volumeTier

    /// The name on the wire, for example `usage_inconsistent`.
    package var name: String { Self.names[Int(rawValue)] }

    private static let names = allCases.map { snakeCase(String(describing: $0)) }
}

/// The flags of one cost.
package struct CostFlags: OptionSet, Hashable, Sendable {
    package var rawValue: UInt64

    package init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// The set of one flag.
    package init(_ flag: CostFlag) {
        rawValue = 1 << UInt64(flag.rawValue)
    }

    /// Whether the flag is set.
    package func contains(_ flag: CostFlag) -> Bool {
        contains(CostFlags(flag))
    }

    /// Sets one flag.
    package mutating func insert(_ flag: CostFlag) {
        rawValue |= 1 << UInt64(flag.rawValue)
    }

    /// The names on the wire, in the order of the bits.
    package var names: [String] {
        CostFlag.allCases.filter { contains($0) }.map(\.name)
    }
}
