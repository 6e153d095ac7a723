internal import Domain
internal import Postgres

/// Rows.
extension PostgresLedgerStore {
    package func usage(_ query: LedgerQuery, limit: Int, after cursor: LedgerCursor?) async throws -> LedgerPage {
        try query.check(limit: limit, atMost: 1_000)
        return try await mapErrors {
            let plan = ReportPlanner.usage(query, limit: limit, after: cursor)
            let result = try await pool.query(plan.sql, plan.values)
            let rows = try await rows(Array(result.prefix(limit)), recordedBefore: query.recordedBefore)
            guard result.count > limit else { return LedgerPage(rows: rows, next: nil) }
            let last = rows.last.map { LedgerCursor(occurredAt: $0.priced.event.occurredAt, id: $0.id) }
            return LedgerPage(rows: rows, next: last)
        }
    }

    /// Reads rows of events and manual adjustments, and what was changed of them, before a moment if one is given.
    func rows(_ rows: [PostgresRow], recordedBefore: Timestamp? = nil) async throws -> [LedgerRow] {
        var result = try rows.map { try LedgerRow($0) }
        var changes = try await adjustments(of: result, recordedBefore: recordedBefore)
        let manual = try rows.map { try $0.optional("job", as: Int64.self) }
        let jobs = try await jobReferences(Set(changes.map(\.job)).union(manual.compactMap(\.self)))
        var positions: [Int64: Int] = [:]
        for (position, row) in result.enumerated() {
            positions[row.id] = position
            result[position].job = manual[position].flatMap { jobs[$0] }
        }
        // They come in the order of their revisions.
        changes.sort { ($0.event, $0.revision) < ($1.event, $1.revision) }
        for change in changes {
            guard let position = positions[change.event], let job = jobs[change.job] else {
                throw LedgerError(.corruptRow, "an adjustment belongs to no event or no job")
            }
            result[position].add(change.adjustment(by: job))
        }
        return result
    }

    private static let selectAdjustments: SQL = """
        SELECT adjusts, revision, recorded_at, cost, unpriced_events, state, price_source, price_version, price_key,
            price_rules, price_flags, price_multiplier, start_volume, details, job
        FROM usage_events
        WHERE adjusts = ANY($1::bigint[]) AND occurred_at >= $2::timestamptz AND occurred_at <= $3::timestamptz
            AND ($4::timestamptz IS NULL OR recorded_at < $4::timestamptz)
        """

    private func adjustments(of rows: [LedgerRow], recordedBefore: Timestamp?) async throws -> [AdjustmentRecord] {
        let events = rows.filter { $0.kind == .event }
        let times = events.map(\.priced.event.occurredAt)
        guard let first = times.min(), let last = times.max() else { return [] }
        let found = try await pool.query(
            Self.selectAdjustments,
            [.int64Array(events.map(\.id)), .timestamp(first), .timestamp(last), .timestamp(recordedBefore)]
        )
        return try found.map { try AdjustmentRecord($0) }
    }
}

/// An adjustment of an event as it was read.
private struct AdjustmentRecord {
    var event: Int64
    var revision: Int32
    var recordedAt: Timestamp
    var amount: Money
    var unpricedEvents: Int64
    var cost: Cost
    var job: Int64

    init(_ row: PostgresRow) throws {
        event = try row.value("adjusts")
        revision = try row.value("revision")
        recordedAt = try row.value("recorded_at")
        amount = Money(picoDollars: try row.value("cost"))
        unpricedEvents = try row.value("unpriced_events")
        cost = try Cost(row, try row.optional("details", as: String.self).map { try EventDetails.read($0) })
        job = try row.value("job")
    }

    func adjustment(by job: LedgerJobReference) -> LedgerAdjustment {
        LedgerAdjustment(
            revision: revision,
            recordedAt: recordedAt,
            amount: amount,
            unpricedEvents: unpricedEvents,
            cost: cost,
            job: job
        )
    }
}

extension LedgerRow {
    init(_ row: PostgresRow) throws {
        guard let kind = Kind(rawValue: try row.value("kind")) else {
            throw LedgerError(.corruptRow, "a row's kind is unknown to this version")
        }
        self.init(
            id: try row.value("id"),
            kind: kind,
            priced: try PricedEvent(row),
            number: SeriesNumber(workspace: try row.value("workspace"), series: try row.value("series_id")),
            reference: try row.optional("reference")
        )
    }
}

extension PricedEvent {
    init(_ row: PostgresRow) throws {
        let details = try row.optional("details", as: String.self).map { try EventDetails.read($0) }
        let operation: String = try row.value("operation")
        let shape: Int16 = try row.value("shape")
        var event = UsageEvent(
            eventID: try row.value("event_id"),
            occurredAt: try row.value("occurred_at"),
            receivedAt: try row.value("recorded_at"),
            identity: try EventIdentity(row, workspace: "workspace_name"),
            provider: try row.value("provider"),
            model: try row.value("model"),
            operation: shape & UsageRowWriter.Shape.saidOperation != 0 ? operation : details?.operation,
            mode: details?.mode,
            usage: try Usage(row, details),
            attributes: details?.attributes?.priceAttributes() ?? PriceAttributes(),
            reportedCost: details?.reportedCost.map { Money(picoDollars: $0) }
        )
        event.attributes.serviceTier = try row.optional("service_tier")
        event.holdID = try row.optional("hold_id")
        event.latencyMilliseconds = try row.optional("latency_ms")
        event.status = try row.optional("status")
        event.traceID = try row.optional("trace_id")
        self.init(event: event, operation: operation, cost: try Cost(row, details))
    }
}

extension EventIdentity {
    /// Reads the columns of a series and `tags`.
    init(_ row: PostgresRow, workspace: String) throws {
        self.init(
            workspace: try row.value(workspace),
            team: try row.optional("team"),
            project: try row.optional("project"),
            user: try row.optional("user_id"),
            sourceApp: try row.value("source_app"),
            tags: try row.optional("tags", as: String.self).map { try TagsText.read($0) } ?? []
        )
    }
}

extension Usage {
    /// Quantities come in the order of their numbers, as ingest sends them.
    init(_ row: PostgresRow, _ details: EventDetails?) throws {
        var items: [Item] = []
        for quantity in UsageQuantity.columns {
            if let units: Int64 = try row.optional(quantity.rawValue) {
                items.append(Item(quantity, Amount(units: units)))
            }
        }
        let numbers: [Int16] = try row.optional("quantities") ?? []
        let amounts: [Int64] = try row.optional("amounts") ?? []
        for (number, amount) in zip(numbers, amounts) {
            guard let quantity = UsageQuantity(number: Int(number)) else {
                throw LedgerError(.corruptRow, "quantity \(number) is unknown to this version")
            }
            items.append(Item(quantity, Amount(millionths: amount)))
        }
        self.init(
            items: items.sorted { $0.quantity.number < $1.quantity.number },
            custom: Self.named(details?.custom),
            guardrailUnits: Self.named(details?.guardrail)
        )
    }

    private static func named(_ items: [EventDetails.Named]?) -> [NamedItem] {
        (items ?? []).map { NamedItem($0.name, Amount(millionths: $0.amount)) }
    }
}

extension Cost {
    init(_ row: PostgresRow, _ details: EventDetails?) throws {
        let state: Int16 = try row.value("state")
        let source: Int16 = try row.value("price_source")
        guard let state = UInt8(exactly: state).flatMap({ CostState(rawValue: $0) }),
            let source = UInt8(exactly: source).flatMap({ PriceSource(rawValue: $0) })
        else { throw LedgerError(.corruptRow, "a row's cost state or source is unknown to this version") }
        self.init(
            state: state,
            money: try row.optional("cost", as: Int64.self).map { Money(picoDollars: $0) },
            unpriced: try (details?.unpriced ?? []).map { item in
                guard let reason = UnpricedQuantity.Reason(rawValue: item.reason) else {
                    throw LedgerError(.corruptRow, "unpriced reason \(item.reason) is unknown to this version")
                }
                return UnpricedQuantity(item.name, reason)
            },
            provenance: Provenance(
                source: source,
                priceVersion: UInt64(bitPattern: try row.value("price_version")),
                key: try row.value("price_key"),
                rules: PriceRules(rawValue: UInt64(bitPattern: try row.value("price_rules"))),
                flags: CostFlags(rawValue: UInt64(bitPattern: try row.value("price_flags"))),
                multiplier: try row.value("price_multiplier"),
                startVolume: try row.optional("start_volume")
            )
        )
    }
}
