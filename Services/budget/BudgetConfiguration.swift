internal import ServiceRuntime

/// The settings of budget.
///
/// All defaults are visible here.
package struct BudgetConfiguration: ComponentConfiguration {
    /// Entries in one batch at most.
    package var batchLimit = 250
    /// How long to wait after a read that did not fill a batch, so that few events do not cost as much as many.
    package var linger = Duration.milliseconds(25)
    /// Consumers of this process that work side by side.
    package var workers = 1
    /// How often the outbox is looked at.
    package var refreshInterval = Duration.seconds(1)
    /// How many counters of a workspace are made because a budget gives every value its own limit.
    package var counterLimit = 10_000
    /// How often some counters of one partition are compared with the ledger.
    package var driftInterval = Duration.seconds(5)

    /// How often holds that have expired are looked for.
    package var sweepInterval = Duration.seconds(1)
    /// How long a preflight may wait for Redis before the workspace's fail mode answers.
    package var preflightTimeout = Duration.seconds(2)
    /// The output tokens that an estimate reckons with when neither the client nor the ledger knows any.
    package var defaultOutputTokens = 1_024
    /// Another catalogue than the one that is shipped, for the other names of models: the same that pricing has.
    package var catalogue: String?

    package init() {}
}
