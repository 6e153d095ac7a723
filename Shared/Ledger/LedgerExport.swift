/// What an export looks like.
package enum LedgerExportFormat: String, CaseIterable, Hashable, Sendable {
    /// Everything that the ledger knows of a row.
    case csv
    /// The columns of FOCUS 1.2, the open specification of cost and usage data, with some of our own (`x_`).
    case focus
}

/// A source of exports.
package protocol LedgerExport: Sendable {
    /// Hands on all rows of a query as CSV (RFC 4180) with a header, by time within a workspace.
    ///
    /// Adjustments are rows of their own, so that the costs add up to the summary. Memory is bounded: what is not taken
    /// is not read. All rows are of one moment.
    ///
    /// - Parameters:
    ///   - query: The rows; its source and further quantity do not matter.
    ///   - format: The columns.
    ///   - body: Takes the text in pieces, each of whole lines.
    /// - Throws: `LedgerError`, `CancellationError`, or what `body` throws: then the query is stopped.
    func export(
        _ query: LedgerQuery,
        as format: LedgerExportFormat,
        _ body: ([UInt8]) async throws -> Void
    ) async throws
}
