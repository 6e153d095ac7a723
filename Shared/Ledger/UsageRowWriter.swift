internal import Domain
internal import Postgres

/// Writes kept events as rows of `usage_events` for COPY.
///
/// `columns` are in the order in which `append` writes them.
struct UsageRowWriter {
    private static let columns = """
        series_id, occurred_at, recorded_at, cost, price_version, price_rules, price_flags, price_multiplier,
            input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, latency_ms, workspace,
            kind, events, unpriced_events, state, price_source, shape, event_id, price_key, quantities, amounts, tags,
            details, status, trace_id, hold_id, start_volume
        """
    private static let columnCount = 31

    /// Rows that get their numbers from the table.
    static let statement = SQL(assembled: "COPY usage_events (\(columns)) FROM STDIN (FORMAT binary)")
    /// Rows that were appended with a number.
    static let numberedStatement = SQL(assembled: "COPY usage_events (id, \(columns)) FROM STDIN (FORMAT binary)")

    /// Bits of the column `shape`.
    enum Shape {
        /// The client said the operation, as it was priced.
        static let saidOperation: Int16 = 1
    }

    private(set) var rows: PostgresCopyBuffer

    init(expecting count: Int) {
        rows = PostgresCopyBuffer(reservingBytes: count * 400)
    }

    /// Appends an event; all rows of a writer have a number, or none has.
    mutating func append(_ priced: PricedEvent, as number: SeriesNumber, id: Int64? = nil) throws {
        let event = priced.event
        let cost = priced.cost
        rows.beginRow(columns: Self.columnCount + (id == nil ? 0 : 1))
        if let id { rows.append(id) }
        rows.append(number.series)
        rows.append(event.occurredAt)
        rows.append(event.receivedAt)
        rows.append(cost.money?.picoDollars)
        rows.append(cost.provenance)
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
        rows.append(cost.provenance.startVolume)
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

/// Writes what has no price as rows of `unpriced_quantities` for COPY.
struct UnpricedRowWriter {
    static let statement: SQL = """
        COPY unpriced_quantities (event_row, occurred_at, workspace, reason, provider, model, quantity)
        FROM STDIN (FORMAT binary)
        """

    private(set) var rows = PostgresCopyBuffer()

    mutating func append(_ priced: PricedEvent, workspace: Int32, id: Int64) {
        for open in priced.cost.openQuantities {
            rows.beginRow(columns: 7)
            rows.append(id)
            rows.append(priced.event.occurredAt)
            rows.append(workspace)
            rows.append(open.reason)
            rows.append(priced.event.provider)
            rows.append(priced.event.model)
            rows.append(open.name)
        }
    }
}

/// Writes adjustments as rows of `usage_events` for COPY.
struct AdjustmentRowWriter {
    /// The columns, in the order in which `append` writes them.
    static let statement: SQL = """
        COPY usage_events (series_id, occurred_at, recorded_at, cost, price_version, price_rules, price_flags,
            price_multiplier, workspace, kind, events, unpriced_events, state, price_source, shape, event_id, price_key,
            tags, details, start_volume, adjusts, revision, job, reference)
        FROM STDIN (FORMAT binary)
        """
    private static let columnCount = 24

    private(set) var rows: PostgresCopyBuffer

    init(expecting count: Int) {
        rows = PostgresCopyBuffer(reservingBytes: count * 320)
    }

    mutating func append(_ row: AdjustmentRow, job: Int64, at now: Timestamp) throws {
        let event = row.priced.event
        let cost = row.priced.cost
        rows.beginRow(columns: Self.columnCount)
        rows.append(row.number.series)
        rows.append(event.occurredAt)
        rows.append(now)
        rows.append(row.amount)
        rows.append(cost.provenance)
        rows.append(row.number.workspace)
        rows.append(LedgerRow.Kind.adjustment.rawValue)
        rows.append(Int16(0))
        rows.append(Int16(row.unpricedEvents))
        rows.append(Int16(cost.state.rawValue))
        rows.append(Int16(cost.provenance.source.rawValue))
        rows.append(Int16(0))
        rows.append(event.eventID)
        rows.append(cost.provenance.key)
        rows.append(json: TagsText.text(of: event.identity.tags))
        rows.append(json: try EventDetails.text(of: cost))
        rows.append(cost.provenance.startVolume)
        rows.append(row.target?.row)
        rows.append(row.target?.revision)
        rows.append(job)
        rows.append(row.reference)
    }
}

extension PostgresCopyBuffer {
    /// Appends the numbers of a provenance.
    fileprivate mutating func append(_ provenance: Provenance) {
        append(Int64(bitPattern: provenance.priceVersion))
        append(Int64(bitPattern: provenance.rules.rawValue))
        append(Int64(bitPattern: provenance.flags.rawValue))
        append(provenance.multiplier)
    }
}
