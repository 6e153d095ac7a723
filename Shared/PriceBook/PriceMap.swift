/// LiteLLM's price map, read: what its sync compares and keeps.
package struct PriceMap: Sendable {
    /// The models' prices in the order of the map, each key once; they hold for ever.
    package let entries: [PriceEntry]
    /// What of the map could not be used.
    package let issues: [PriceBookIssue]

    /// Reads the map.
    ///
    /// A rate that is negative or no number is left out and reported; the rest of its entry stays.
    ///
    /// - Parameter bytes: The JSON text; its rates are read from the decimal text. The caller bounds the size.
    /// - Throws: `PriceBookError` when the bytes are no such map.
    package init(litellm bytes: [UInt8]) throws(PriceBookError) {
        var reader = LiteLLMReader()
        try JSONScanner.scan(bytes) { (scanner) throws(PriceBookError) in
            try reader.readMap(&scanner)
        }
        entries = reader.entries
        issues = reader.issues
    }
}

/// A part of a map that could not be used.
package struct PriceBookIssue: Hashable, Sendable {
    /// The price entry's key.
    package var key: String
    /// The field of the entry.
    package var field: String
    /// What is wrong with it.
    package var problem: String

    package init(key: String, field: String, problem: String) {
        self.key = key
        self.field = field
        self.problem = problem
    }
}
