package import Domain

extension Period {
    /// What will have been spent at the period's end when it goes on as so far: the one forecast of budgets and reports.
    ///
    /// It is never less than what was spent already. `nil` for a period without end, and for a time outside of it.
    package func forecast(of spent: MoneySum, at now: Timestamp) -> MoneySum? {
        guard let end, now >= start, now < end else { return nil }
        // At least a minute: the first seconds of a period say nothing about it.
        let elapsed = max(now.microseconds - start.microseconds, 60_000_000)
        let length = end.microseconds - start.microseconds
        let product = spent.picoDollars.multipliedReportingOverflow(by: Int128(length))
        guard !product.overflow else { return nil }
        return max(spent, MoneySum(picoDollars: product.partialValue / Int128(elapsed)))
    }
}
