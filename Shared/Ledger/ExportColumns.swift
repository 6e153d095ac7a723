internal import Domain

/// A column of an export.
struct ExportColumn: Sendable {
    typealias RowWriter = @Sendable (ExportRow, inout CSVText) -> Void
    typealias SeriesWriter = @Sendable (ExportSeriesRow, inout CSVText) -> Void

    /// What writes the column's field of a line.
    enum Writer: Sendable {
        case row(RowWriter)
        /// The field is the same for all rows of a series.
        case series(SeriesWriter)
        /// As of a series, except for rows that have the field.
        case either(ExportField, SeriesWriter)
    }

    let name: String
    let writer: Writer

    private init(_ name: String, _ writer: Writer) {
        self.name = name
        self.writer = writer
    }

    private static func number(_ name: String, _ field: ExportField) -> ExportColumn {
        ExportColumn(name, .row { $1.number($0.number(field)) })
    }

    /// A text that no spreadsheet takes for a formula.
    private static func safe(_ name: String, _ field: ExportField) -> ExportColumn {
        ExportColumn(name, .row { $1.text($0.utf8(field), isGuarded: true) })
    }

    private static func safe(_ name: String, _ field: ExportSeriesField) -> ExportColumn {
        ExportColumn(name, .series { $1.text($0.utf8(field), isGuarded: true) })
    }

    /// A text as it is.
    private static func plain(_ name: String, _ field: ExportField) -> ExportColumn {
        ExportColumn(name, .row { $1.text($0.utf8(field), isGuarded: false) })
    }

    private static func plain(_ name: String, _ field: ExportSeriesField) -> ExportColumn {
        ExportColumn(name, .series { $1.text($0.utf8(field), isGuarded: false) })
    }

    /// The same word in every line; `nil` for nothing.
    private static func always(_ name: String, _ word: String?) -> ExportColumn {
        ExportColumn(name, .series { _, text in text.word(word) })
    }

    private static func word(_ name: String, _ word: @escaping @Sendable (ExportRow) -> String?) -> ExportColumn {
        ExportColumn(name, .row { $1.word(word($0)) })
    }

    private static func dollars(_ name: String) -> ExportColumn {
        ExportColumn(name, .row { $1.dollars($0.number(.cost)) })
    }

    /// A time to the second.
    private static func time(
        _ name: String,
        _ change: @escaping @Sendable (Timestamp) -> Timestamp
    ) -> ExportColumn {
        ExportColumn(name, .row { $1.time($0.time(.occurredAt).map(change), hasMicroseconds: false) })
    }

    private static func moment(_ name: String, _ field: ExportField) -> ExportColumn {
        ExportColumn(name, .row { $1.time($0.time(field), hasMicroseconds: true) })
    }

    private static func tags(_ name: String) -> ExportColumn {
        ExportColumn(name, .row { $1.text($0.tags, isGuarded: false) })
    }
}

extension ExportColumn {
    /// The columns of a format.
    static func all(of format: LedgerExportFormat) -> [ExportColumn] {
        switch format {
        case .csv: csv
        case .focus: focus
        }
    }

    /// FOCUS is for programs, which join by its texts: only here they are guarded.
    private static let csv = [
        safe("event_id", .eventID), word("kind") { $0.isEvent ? "event" : "adjustment" },
        moment("occurred_at", .occurredAt), moment("recorded_at", .recordedAt),
        safe("workspace", .workspace), safe("team", .team), safe("project", .project), safe("user", .user),
        safe("source_app", .sourceApp), safe("provider", .provider), safe("model", .model),
        plain("operation", .operation), safe("service_tier", .serviceTier), dollars("cost_usd"),
        number("events", .events), number("unpriced_events", .unpricedEvents),
        word("cost_status") { row in
            let state = row.number(.state).flatMap { UInt8(exactly: $0) }.flatMap { CostState(rawValue: $0) }
            return (state ?? .unpriced).name
        },
        number("input_tokens", .inputTokens), number("output_tokens", .outputTokens),
        number("cache_read_tokens", .cacheReadTokens), number("cache_write_tokens", .cacheWriteTokens),
        number("reasoning_tokens", .reasoningTokens), number("latency_ms", .latency), safe("status", .status),
        safe("trace_id", .traceID), tags("tags"), safe("reference", .reference), safe("reason", .reason),
    ]

    /// FOCUS 1.2; the charge period is the hour of the event, the billing period its month in UTC.
    ///
    /// There is no price of a SKU here, so that what is priced by it is empty: a cost has many rates.
    private static let focus = [
        dollars("BilledCost"), plain("BillingAccountId", .workspace), plain("BillingAccountName", .workspace),
        always("BillingAccountType", "Workspace"), always("BillingCurrency", "USD"),
        time("BillingPeriodEnd") { $0.startOfMonth(1) }, time("BillingPeriodStart") { $0.startOfMonth(0) },
        word("ChargeCategory") { $0.isUsage ? "Usage" : "Adjustment" },
        word("ChargeClass") { $0.isCorrection ? "Correction" : nil },
        // Why it was adjusted, else what was called.
        ExportColumn("ChargeDescription", .either(.reason) { $1.text($0.description, isGuarded: false) }),
        word("ChargeFrequency") { $0.isUsage ? "Usage-Based" : "One-Time" },
        time("ChargePeriodEnd") { $0.floored(toSeconds: 3_600).adding(microseconds: 3_600_000_000) },
        time("ChargePeriodStart") { $0.floored(toSeconds: 3_600) },
        ExportColumn("ConsumedQuantity", .row { $1.number($0.isEvent ? $0.tokens ?? 1 : nil) }),
        word("ConsumedUnit") { row in
            row.isEvent ? row.number(.inputTokens) == nil ? "Requests" : "Tokens" : nil
        },
        dollars("ContractedCost"), dollars("EffectiveCost"), plain("InvoiceIssuerName", .provider),
        always("InvoiceId", nil), dollars("ListCost"), always("PricingCategory", nil),
        always("PricingCurrency", "USD"), always("PricingQuantity", nil), always("PricingUnit", nil),
        plain("ProviderName", .provider), plain("PublisherName", .provider), plain("ResourceId", .model),
        plain("ResourceName", .model), always("ResourceType", "Model"),
        always("ServiceCategory", "AI and Machine Learning"), plain("ServiceName", .provider),
        always("ServiceSubcategory", "Generative AI"), plain("SkuMeter", .operation),
        plain("SubAccountId", .team), plain("SubAccountName", .team), always("SubAccountType", "Team"),
        tags("Tags"), plain("x_EventId", .eventID), plain("x_Project", .project), plain("x_User", .user),
        plain("x_SourceApp", .sourceApp), plain("x_ServiceTier", .serviceTier), plain("x_Reference", .reference),
    ]
}

extension ExportRow {
    /// Whether it belongs to an event that was priced anew.
    fileprivate var isCorrection: Bool { number(.isCorrection) == 1 }

    fileprivate var isUsage: Bool { isEvent || isCorrection }

    /// Input and output together; the most that there can be, rather than the end of the process.
    fileprivate var tokens: Int64? {
        number(.inputTokens).map { input in
            let (sum, isTooMuch) = input.addingReportingOverflow(number(.outputTokens) ?? 0)
            return isTooMuch ? .max : sum
        }
    }
}

extension ExportSeriesRow {
    /// What was called.
    fileprivate var description: ArraySlice<UInt8>? {
        let parts = [utf8(.operation), utf8(.model)].compactMap(\.self)
        return parts.isEmpty ? nil : ArraySlice(parts.joined(separator: [UInt8(ascii: " ")]))
    }
}

extension Timestamp {
    /// The start of its month, or of one so many months later, in UTC.
    fileprivate func startOfMonth(_ months: Int) -> Timestamp {
        let date = CivilDate(daysSince1970: floorDivide(seconds, 86_400))
        let (years, month) = (date.month - 1 + months).quotientAndRemainder(dividingBy: 12)
        let first = CivilDate(year: date.year + years, month: month + 1, day: 1)
        return Timestamp(seconds: first.daysSince1970 * 86_400)
    }
}
