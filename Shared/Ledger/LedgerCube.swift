package import Domain

/// What one place of an axis stands for.
package enum LedgerGrouping: Hashable, Sendable {
    /// The values of a dimension.
    case dimension(LedgerDimension)
    /// Intervals: the starts of all and the end of the last, ascending.
    case time([Timestamp])

    var isTime: Bool {
        if case .time = self { true } else { false }
    }
}

/// One side of a cube: up to three groupings, whose combinations are its lines.
package struct LedgerAxis: Hashable, Sendable {
    package var groupings: [LedgerGrouping]
    /// How many lines are shown; the rest is one more.
    ///
    /// An axis of time alone shows its first ones, any other the largest.
    package var limit: Int

    package init(_ groupings: [LedgerGrouping] = [], limit: Int = 1) {
        self.groupings = groupings
        self.limit = limit
    }

    /// The most groupings of an axis.
    package static let groupingLimit = 3
    /// The most lines of an axis.
    package static let lineLimit = 10_000

    /// Whether its lines stand in the order of time.
    var isTime: Bool { !groupings.isEmpty && groupings.allSatisfy(\.isTime) }
}

/// Sums by two axes.
package struct LedgerCube: Hashable, Sendable {
    /// One part of a line's name.
    package enum Key: Hashable, Sendable {
        /// A value; `nil` for events that have none.
        case value(String?)
        /// An interval, counted from 0.
        case interval(Int)
    }

    /// A cell's line on each axis; the number after the last line is the rest.
    package struct Place: Hashable, Sendable {
        package var row: Int
        package var column: Int

        package init(row: Int, column: Int) {
            self.row = row
            self.column = column
        }
    }

    /// The names of the rows, in their order, without the rest.
    package var rows: [[Key]]
    /// The names of the columns, in their order, without the rest.
    package var columns: [[Key]]
    /// What there is: places without events and money have none.
    package var cells: [Place: LedgerTotals]

    package init(rows: [[Key]] = [], columns: [[Key]] = [], cells: [Place: LedgerTotals] = [:]) {
        self.rows = rows
        self.columns = columns
        self.cells = cells
    }

    /// The sum of a row; `nil` when there is nothing in it.
    package func total(ofRow row: Int) -> LedgerTotals? { sum { $0.row == row } }

    /// The sum of a column; `nil` when there is nothing in it.
    package func total(ofColumn column: Int) -> LedgerTotals? { sum { $0.column == column } }

    /// The sum of all.
    package var total: LedgerTotals { sum { _ in true } ?? .zero }

    /// The sums of all rows, or of all columns, by their number.
    package func totals(by line: KeyPath<Place, Int>) -> [Int: LedgerTotals] {
        cells.reduce(into: [:]) { $0[$1.key[keyPath: line], default: .zero] += $1.value }
    }

    private func sum(_ isWanted: (Place) -> Bool) -> LedgerTotals? {
        cells.reduce(into: nil) { sum, cell in
            guard isWanted(cell.key) else { return }
            var longer = sum ?? .zero
            longer += cell.value
            sum = longer
        }
    }
}

extension LedgerTotals {
    /// Whether nothing happened: no event, and no money that stayed.
    var isNothing: Bool { events == 0 && unpricedEvents == 0 && cost.picoDollars == 0 }
}

extension LedgerQuery {
    /// Refuses axes that cannot be answered or would be too large.
    func check(axes: [LedgerAxis]) throws {
        try check()
        for axis in axes {
            guard axis.groupings.count <= LedgerAxis.groupingLimit else {
                throw LedgerError(.invalidQuery, "an axis has at most \(LedgerAxis.groupingLimit) dimensions")
            }
            guard (1...LedgerAxis.lineLimit).contains(axis.limit) else {
                throw LedgerError(.invalidQuery, "an axis has 1 to \(LedgerAxis.lineLimit) lines")
            }
            for case .time(let boundaries) in axis.groupings {
                guard try spanning(boundaries).from <= from, boundaries.last ?? to >= to else {
                    throw LedgerError(.invalidQuery, "the intervals do not cover the range")
                }
            }
        }
        guard source != .rollups || axes.allSatisfy({ !$0.groupings.contains { $0.needsTags } }) else {
            throw LedgerError(.invalidQuery, "rollups know no tags")
        }
    }
}

extension LedgerGrouping {
    var needsTags: Bool {
        if case .dimension(let dimension) = self { dimension.isTag } else { false }
    }
}
