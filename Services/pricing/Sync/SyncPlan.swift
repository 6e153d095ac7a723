internal import Domain
package import PriceBook

/// What a sync does to the book: worked out before anything is written.
package struct SyncPlan: Sendable {
    /// A change that somebody has to decide about.
    package struct Proposal: Sendable {
        package var key: String
        /// What the guards found, at least one thing.
        package var findings: [GuardFinding]
        /// The prices that hold; nil for a new model.
        package var old: PriceEntry?
        /// The prices that were brought; nil when the model vanished.
        package var new: PriceEntry?

        package init(key: String, findings: [GuardFinding], old: PriceEntry?, new: PriceEntry?) {
            self.key = key
            self.findings = findings
            self.old = old
            self.new = new
        }

        /// The content version of what was brought; 0 when the model vanished.
        package var newVersion: UInt64 { new?.contentVersion(source: .litellm) ?? 0 }
    }

    /// Whether the versions hold for all time before too: the first map there is.
    package var isBaseline: Bool
    /// New models.
    package var opened: [PriceEntry] = []
    /// Models with new prices.
    package var changed: [PriceEntry] = []
    /// Models that are gone.
    package var closed: [String] = []
    package var unchanged = 0
    /// Changes that were not asked for before.
    package var proposals: [Proposal] = []
    /// Changes that are undecided or refused already.
    package var held = 0
    /// Models whose pending change has become pointless.
    package var superseded: [String] = []
    /// Oddities that were let in.
    package var warnings: [GuardFinding] = []

    package init(isBaseline: Bool = false) {
        self.isBaseline = isBaseline
    }

    /// Whether there is nothing to write.
    package var isEmpty: Bool {
        opened.isEmpty && changed.isEmpty && closed.isEmpty && proposals.isEmpty && superseded.isEmpty
    }

    /// The figures of the sync's row.
    package var counts: SyncCounts {
        var counts = SyncCounts()
        counts.opened = opened.count
        counts.changed = changed.count
        counts.closed = closed.count
        counts.unchanged = unchanged
        counts.quarantined = proposals.count
        counts.held = held
        counts.warnings = warnings.count
        return counts
    }
}

/// A reason to look twice at a price.
package enum PriceGuard: String, Sendable, CaseIterable {
    /// A model that is used is gone.
    case usedModelVanished = "used_model_vanished"
    /// A rate of a model that is used is gone.
    case usedRateVanished = "used_rate_vanished"
    /// A rate became ten times as much or a tenth.
    case tenfold
    /// A rate became zero, or was.
    case throughZero = "through_zero"
    /// A rate of a model that is used changed by more than half.
    case usedModelJump = "used_model_jump"
    /// A rate is negative or no number.
    case invalidRate = "invalid_rate"
    /// More than $1,000 for a million tokens.
    case implausibleUnit = "implausible_unit"
    /// Reading from the cache costs more than input.
    case cacheReadAboveInput = "cache_read_above_input"
    /// Batches cost more than single requests.
    case batchAboveStandard = "batch_above_standard"
    /// Writing to the cache costs less than input: only ever a warning.
    case cacheWriteBelowInput = "cache_write_below_input"
}

/// What a guard found.
package struct GuardFinding: Sendable, Hashable {
    package var key: String
    package var kind: PriceGuard
    /// The rate, by its dotted name; empty when it is about the whole model.
    package var rate: String
    /// The finding in words for people.
    package var detail: String

    package init(key: String, kind: PriceGuard, rate: String = "", detail: String) {
        self.key = key
        self.kind = kind
        self.rate = rate
        self.detail = detail
    }
}

/// What the guards say about a map.
package enum SyncVerdict: Sendable {
    /// Nothing of it may go in, for this reason.
    case refused(String)
    case plan(SyncPlan)
}
