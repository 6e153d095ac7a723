internal import Domain
internal import Postgres

/// Writes kept events as rows of `usage_events` for COPY.
struct UsageRowWriter {
    /// The columns, in the order in which `append` writes them.
    static let statement: SQL = """
        COPY usage_events (series_id, occurred_at, recorded_at, cost, price_version, price_rules, price_flags,
            price_multiplier, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens,
            latency_ms, workspace, kind, events, unpriced_events, state, price_source, shape, event_id, price_key,
            quantities, amounts, tags, details, status, trace_id, hold_id)
        FROM STDIN (FORMAT binary)
        """
    private static let columnCount = 30

    /// Bits of the column `shape`.
    enum Shape {
        /// The client said the operation, as it was priced.
        static let saidOperation: Int16 = 1
    }

    private(set) var rows: PostgresCopyBuffer

    init(expecting count: Int) {
        rows = PostgresCopyBuffer(reservingBytes: count * 400)
    }

    mutating func append(_ priced: PricedEvent, as number: SeriesNumber) throws {
        let event = priced.event
        let cost = priced.cost
        rows.beginRow(columns: Self.columnCount)
        rows.append(number.series)
        rows.append(event.occurredAt)
        rows.append(event.receivedAt)
        rows.append(cost.money?.picoDollars)
        appendProvenance(cost.provenance)
        appendColumns(of: event.usage)
        rows.append(event.latencyMilliseconds)
        rows.append(number.workspace)
        rows.append(LedgerRow.Kind.event.rawValue)
        rows.append(Int16(1))
        rows.append(Int16(cost.money == nil ? 1 : 0))
        rows.append(Int16(cost.state.rawValue))
        rows.append(Int16(cost.provenance.source.rawValue))
        rows.append(event.operation == priced.operation ? Shape.saidOperation : 0)
        rows.append(event.eventID)
        rows.append(cost.provenance.key)
        appendOthers(of: event.usage)
        rows.append(json: TagsText.text(of: event.identity.tags))
        rows.append(json: try EventDetails.text(of: priced))
        rows.append(event.status)
        rows.append(event.traceID)
        rows.append(event.holdID)
    }

    private mutating func appendProvenance(_ provenance: Provenance) {
        rows.append(Int64(bitPattern: provenance.priceVersion))
        rows.append(Int64(bitPattern: provenance.rules.rawValue))
        rows.append(Int64(bitPattern: provenance.flags.rawValue))
        rows.append(provenance.multiplier)
    }

    /// Quantities with a column are whole units; a fraction, which none of them may have, goes to the others.
    private mutating func appendColumns(of usage: Usage) {
        for quantity in UsageQuantity.columns { rows.append(usage[quantity]?.wholeUnits) }
    }

    private mutating func appendOthers(of usage: Usage) {
        let others = usage.items.filter { !$0.quantity.hasColumn || $0.amount.wholeUnits == nil }
        guard !others.isEmpty else {
            rows.appendNull()
            rows.appendNull()
            return
        }
        rows.append(int16Array: others.map { Int16($0.quantity.number) })
        rows.append(int64Array: others.map { $0.amount.millionths })
    }
}
