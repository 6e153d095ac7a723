internal import Domain
internal import Synchronization

/// Sums by two axes.
extension InMemoryLedgerStore {
    package func cube(
        _ query: LedgerQuery,
        rows: LedgerAxis,
        columns: LedgerAxis,
        rankedBy measure: LedgerMeasure,
        isSingle: Bool
    ) async throws -> LedgerCube {
        try query.check(axes: [rows, columns])
        LedgerSources.note([.events])
        var sums: [Pair: LedgerTotals] = [:]
        for row in state.withLock({ state in state.rows.filter { $0.isSelected(by: query) } }) {
            let pair = Pair(row: rows.keys(of: row.priced), column: columns.keys(of: row.priced))
            sums[pair, default: .zero] += row.totals(query.quantity)
        }
        sums = sums.filter { !$0.value.isNothing }
        let rowNumbers = rows.rank(sums.map { ($0.key.row, $0.value) }, by: measure)
        let columnNumbers = columns.rank(sums.map { ($0.key.column, $0.value) }, by: measure)
        var cube = LedgerCube(rows: rows.shown(rowNumbers), columns: columns.shown(columnNumbers))
        for (pair, totals) in sums {
            let place = LedgerCube.Place(
                row: min(rowNumbers[pair.row] ?? 0, rows.limit),
                column: min(columnNumbers[pair.column] ?? 0, columns.limit)
            )
            cube.cells[place, default: .zero] += isSingle ? totals.only(measure) : totals
        }
        return cube
    }

    private struct Pair: Hashable {
        var row: [LedgerCube.Key]
        var column: [LedgerCube.Key]
    }
}

extension LedgerAxis {
    /// The line that an event belongs to.
    fileprivate func keys(of priced: PricedEvent) -> [LedgerCube.Key] {
        groupings.map { grouping in
            switch grouping {
            case .dimension(let dimension): .value(dimension.value(of: priced))
            case .time(let boundaries):
                .interval(boundaries.lastIndex { $0 <= priced.event.occurredAt } ?? 0)
            }
        }
    }

    /// Numbers lines in the order in which they are shown.
    fileprivate func rank(
        _ cells: [([LedgerCube.Key], LedgerTotals)],
        by measure: LedgerMeasure
    ) -> [[LedgerCube.Key]: Int] {
        let sums = cells.reduce(into: [[LedgerCube.Key]: LedgerTotals]()) { $0[$1.0, default: .zero] += $1.1 }
        let ranked = sums.sorted { left, right in
            if !isTime {
                let values = (measure.value(of: left.value), measure.value(of: right.value))
                if values.0 != values.1 { return values.0 > values.1 }
                if left.value.events != right.value.events { return left.value.events > right.value.events }
            }
            return left.key.lexicographicallyPrecedes(right.key) { $0.precedes($1) }
        }
        return Dictionary(uniqueKeysWithValues: ranked.enumerated().map { ($1.key, $0) })
    }

    fileprivate func shown(_ numbers: [[LedgerCube.Key]: Int]) -> [[LedgerCube.Key]] {
        numbers.filter { $0.value < limit }.sorted { $0.value < $1.value }.map(\.key)
    }
}

extension LedgerCube.Key {
    /// Intervals in time, texts by their bytes, none last.
    fileprivate func precedes(_ other: LedgerCube.Key) -> Bool {
        switch (self, other) {
        case (.interval(let left), .interval(let right)): left < right
        case (.value(let left?), .value(let right?)): left.utf8.lexicographicallyPrecedes(right.utf8)
        case (.value(let left), .value(let right)): left != nil && right == nil
        case (.interval, .value): true
        case (.value, .interval): false
        }
    }
}

extension LedgerTotals {
    fileprivate func only(_ measure: LedgerMeasure) -> LedgerTotals {
        LedgerTotals(
            cost: cost,
            events: events,
            unpricedEvents: unpricedEvents,
            quantityMillionths: measure.quantity == nil ? 0 : quantityMillionths
        )
    }
}
