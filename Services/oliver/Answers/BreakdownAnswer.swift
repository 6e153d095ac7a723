internal import Domain

/// A report's sums by one dimension.
struct BreakdownAnswer: Decodable, Sendable {
    let rows: [Row]
    /// What more rows than were asked for add up to.
    let other: Sums?
    let total: Sums

    struct Row: Decodable, Sendable {
        /// `nil` or empty for what has no value.
        let key: String?
        let costUSD: MoneySum
    }

    struct Sums: Decodable, Sendable {
        let costUSD: MoneySum
    }
}
