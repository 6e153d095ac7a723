package import Domain

/// Reads the contents of price versions one after the other, remembering what fields mean.
///
/// Thousands of entries, which is what a service reads when it starts, take tens of milliseconds.
package struct PriceEntryReader {
    private var reader = LiteLLMReader()

    package init() {}

    /// Reads the prices of one model; see `PriceEntry.init(key:json:validFrom:validTo:)`.
    package mutating func entry(
        key: String,
        json: [UInt8],
        validFrom: Timestamp? = nil,
        validTo: Timestamp? = nil
    ) throws(PriceBookError) -> PriceEntry {
        var entry = PriceEntry(key: key, provider: "")
        try JSONScanner.scan(json) { (scanner) throws(PriceBookError) in
            entry = try reader.readContent(key, &scanner)
        }
        entry.validFrom = validFrom
        entry.validTo = validTo
        return entry
    }
}
