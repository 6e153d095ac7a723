internal import Domain

/// The select lists of a report's sources, which must all look alike.
struct FactsText {
    /// Which columns a source has.
    enum Source {
        /// Sums of closed periods.
        case periods
        /// The same, one by one: of a period each series has one row, and to group them takes longer than to add them up.
        case singlePeriods
        /// Rollups and rows.
        case rows
        /// Further quantities alone.
        case quantity
    }

    let measures: Measures
    let quantity: MeasuredQuantity?
    /// Places among the groupings, with the parameter that has the boundaries.
    var intervals: [(place: Int, boundaries: String)] = []
    /// Places among the groupings, with the parameter that has the tag's key.
    var tags: [(place: Int, key: String)] = []
    var conditions: [String] = []

    /// Further conditions.
    var condition: String { conditions.map { " AND \($0)" }.joined() }

    /// What undoes a source's rows with a tag, as rows without one.
    var negated: String {
        let names = ["series_id"] + intervals.map { "g\($0.place)" } + tags.map { _ in "''" }
        return (names + measures.columns.map { "-\($0)" }).joined(separator: ", ")
    }

    /// By what a source is summed.
    var grouping: String {
        let places = [1] + (0..<intervals.count + tags.count).map { $0 + 2 }
        return "GROUP BY " + places.map(String.init).joined(separator: ", ")
    }

    /// A source's columns: the series, intervals, tags and sums.
    ///
    /// - Parameters:
    ///   - time: When it was.
    ///   - tag: The tag's value, marked; "" where it is to be read from the row, `nil` where nothing has tags.
    ///   - source: Which columns there are.
    ///   - amount: The further quantity of a row, when it has no column of its own.
    /// - Returns: The select list.
    func columns(time: String, tag: String?, _ source: Source, _ amount: String? = nil) -> String {
        var columns = ["series_id"]
        for interval in intervals {
            columns.append("width_bucket(\(time), \(interval.boundaries)) AS g\(interval.place)")
        }
        for item in tags {
            let read = "coalesce('=' || (tags ->> \(item.key)), '')"
            columns.append("\(tag.map { $0.isEmpty ? read : $0 } ?? "''") AS g\(item.place)")
        }
        columns += measures.columns.map { "\(sum(of: $0, source, amount)) AS \($0)" }
        return columns.joined(separator: ", ")
    }

    private func sum(of column: String, _ source: Source, _ amount: String?) -> String {
        let own = quantity?.column
        switch (source, column) {
        case (.quantity, "quantity"): return "sum(amount)"
        case (.quantity, _): return "0::numeric"
        case (_, "quantity") where own == nil: return amount.map { "sum(\($0))" } ?? "0::numeric"
        case (.singlePeriods, "cost"): return "micro_dollars * 1000000::numeric + pico_rest"
        case (.singlePeriods, "quantity"): return "coalesce(\(own ?? "0"), 0) * 1000000::numeric"
        case (.singlePeriods, _): return "coalesce(\(column), 0)::numeric"
        case (.periods, "cost"): return "sum(micro_dollars) * 1000000 + sum(pico_rest)"
        case (_, "quantity"): return "coalesce(sum(\(own ?? "0")), 0) * 1000000"
        default: return "coalesce(sum(\(column)), 0)::numeric"
        }
    }
}
