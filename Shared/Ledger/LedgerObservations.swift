package import Domain

/// What the ledger has seen lately, for estimates.
package protocol LedgerObservations: Sendable {
    /// The tokens that 19 of 20 calls of a model did not pass, among the workspace's latest.
    ///
    /// - Returns: `nil` when there was none since then.
    func outputTokens(of model: LedgerModel, in workspace: String, since: Timestamp) async throws -> Int64?

    /// The cost that 19 of 20 priced events did not pass, among the workspace's latest.
    ///
    /// - Returns: `nil` when there was none since then.
    func eventCost(in workspace: String, since: Timestamp) async throws -> Money?
}
