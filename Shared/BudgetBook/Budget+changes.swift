internal import Domain

/// What stores do to a budget, the same for all of them.
extension Budget {
    /// The budget after an edit that makes a version, with what the history is to say about its limit.
    ///
    /// Nil when nothing changes. Throws ``BudgetError``, invalid.
    func applying(
        _ edit: BudgetEdit,
        version: Int64,
        by author: String,
        at time: Timestamp
    ) throws(BudgetError) -> (budget: Budget, change: BudgetLimitChange?)? {
        let faults = edit.faults(for: self, at: time)
        guard faults.isEmpty else { throw .invalid(faults) }
        var new = self
        new.name = edit.name ?? name
        new.limit = edit.limit ?? limit
        new.action = edit.action ?? action
        new.thresholds = edit.thresholds ?? thresholds
        new.recipients = edit.recipients ?? recipients
        switch edit.raise {
        case .set(let raise): new.raise = raise
        case .end: new.raise = nil
        case nil: break
        }
        guard new != self else { return nil }
        new.version = version
        new.updatedAt = time
        guard let kind = limitChange(to: new) else { return (new, nil) }
        new.limitVersion += 1
        return (new, BudgetLimitChange(kind, of: new, at: time, by: author))
    }

    /// What a change does to the limit; the foremost when it does several things at once.
    private func limitChange(to new: Budget) -> BudgetLimitChange.Kind? {
        if new.raise != raise { return new.raise == nil ? .raiseEnded : .raised }
        if new.limit != limit { return .limit }
        return new.thresholds != thresholds ? .thresholds : nil
    }

    /// The budget after its end.
    func archived(version: Int64, at time: Timestamp) -> Budget {
        var new = self
        new.archivedAt = time
        new.updatedAt = time
        new.version = version
        return new
    }

    /// Checks that a caller saw the budget as it is.
    func check(expected version: Int64?) throws(BudgetError) {
        guard version == nil || version == self.version else { throw .outdated(self) }
    }
}
