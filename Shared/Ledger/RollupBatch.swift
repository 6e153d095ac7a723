internal import Domain

/// What a batch adds to the rollups, summed per key and sorted, so that replicas lock rows in one order.
struct RollupBatch: Sendable {
    /// The grain: every time zone's days start on a multiple of it.
    static let bucketSeconds: Int64 = 15 * 60

    struct Key: Hashable, Sendable, Comparable {
        var workspace: Int32
        var bucket: Timestamp
        var series: Int64

        static func < (left: Key, right: Key) -> Bool {
            (left.workspace, left.bucket, left.series) < (right.workspace, right.bucket, right.series)
        }
    }

    struct QuantityKey: Hashable, Sendable, Comparable {
        var key: Key
        var quantity: String

        static func < (left: QuantityKey, right: QuantityKey) -> Bool {
            left.key == right.key
                ? left.quantity.utf8.lexicographicallyPrecedes(right.quantity.utf8)
                : left.key < right.key
        }
    }

    fileprivate var sums: [Key: LedgerTotals] = [:]
    private var amounts: [QuantityKey: Int128] = [:]

    var rows: [(key: Key, totals: LedgerTotals)] {
        sums.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    var quantities: [(key: QuantityKey, millionths: Int128)] {
        amounts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Adds a kept event.
    mutating func add(_ priced: PricedEvent, as number: SeriesNumber) {
        let bucket = priced.event.occurredAt.floored(toSeconds: Self.bucketSeconds)
        let key = Key(workspace: number.workspace, bucket: bucket, series: number.series)
        sums[key, default: .zero].add(priced)
        for (name, amount) in priced.event.usage.rollupQuantities {
            amounts[QuantityKey(key: key, quantity: name), default: 0] += Int128(amount.millionths)
        }
    }
}

extension RollupBatch {
    /// Adds an adjustment.
    mutating func add(_ row: AdjustmentRow) {
        let bucket = row.priced.event.occurredAt.floored(toSeconds: Self.bucketSeconds)
        let key = Key(workspace: row.number.workspace, bucket: bucket, series: row.number.series)
        sums[key, default: .zero].cost += Money(picoDollars: row.amount)
        sums[key, default: .zero].unpricedEvents += row.unpricedEvents
    }
}

extension Usage {
    /// Quantities that have no column of their own in the rollups, under the names that reports know them by.
    var rollupQuantities: [(name: String, amount: Amount)] {
        var result: [(name: String, amount: Amount)] = []
        for item in items where !item.quantity.hasColumn { result.append((item.quantity.rawValue, item.amount)) }
        for item in custom { result.append((MeasuredQuantity.customPrefix + item.name, item.amount)) }
        for item in guardrailUnits { result.append((MeasuredQuantity.guardrailPrefix + item.name, item.amount)) }
        return result
    }
}

extension UsageQuantity {
    /// The quantities with a column of their own, as whole units.
    static let columns: [UsageQuantity] = [
        .inputTokens, .outputTokens, .cacheReadTokens, .cacheWriteTokens, .reasoningTokens,
    ]

    var hasColumn: Bool { Self.columns.contains(self) }
}
