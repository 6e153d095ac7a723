internal import Domain
internal import Postgres

/// What exports read of a row of the ledger.
enum ExportField: Int, CaseIterable, Sendable {
    case seriesID, eventID, kind, isCorrection, occurredAt, recordedAt, cost, events, unpricedEvents, state
    case inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, reasoningTokens, latency
    case status, traceID, tags, reference, reason

    /// The expression that yields it.
    private var expression: String {
        switch self {
        case .seriesID: "e.series_id"
        case .eventID: "e.event_id"
        case .kind: "e.kind"
        case .isCorrection: "e.adjusts IS NOT NULL"
        case .occurredAt: "e.occurred_at"
        case .recordedAt: "e.recorded_at"
        case .cost: "e.cost"
        case .events: "e.events"
        case .unpricedEvents: "e.unpriced_events"
        case .state: "e.state"
        case .inputTokens: "e.input_tokens"
        case .outputTokens: "e.output_tokens"
        case .cacheReadTokens: "e.cache_read_tokens"
        case .cacheWriteTokens: "e.cache_write_tokens"
        case .reasoningTokens: "e.reasoning_tokens"
        case .latency: "e.latency_ms"
        case .status: "e.status"
        case .traceID: "e.trace_id"
        case .tags: "e.tags"
        case .reference: "e.reference"
        // Few rows have a job: a join would look for that of each.
        case .reason: "CASE WHEN e.job IS NOT NULL THEN (SELECT j.reason FROM ledger_jobs AS j WHERE j.id = e.job) END"
        }
    }

    /// All of them as a select list.
    static let selected = allCases.map(\.expression).joined(separator: ", ")
}

/// What exports read of a series.
enum ExportSeriesField: Int, CaseIterable, Sendable {
    case workspace, team, project, user, sourceApp, provider, model, operation, serviceTier

    /// The expression that yields it.
    private var expression: String {
        switch self {
        case .workspace: "w.name"
        case .team: "s.team"
        case .project: "s.project"
        case .user: "s.user_id"
        case .sourceApp: "s.source_app"
        case .provider: "s.provider"
        case .model: "s.model"
        case .operation: "s.operation"
        case .serviceTier: "s.service_tier"
        }
    }

    /// All of them as a select list.
    static let selected = allCases.map(\.expression).joined(separator: ", ")
}

/// A row of the ledger that is exported.
struct ExportRow {
    var reader: PostgresCopyReader

    var isEvent: Bool { number(.kind) == 1 }

    func number(_ field: ExportField) -> Int64? { reader.integer(field.rawValue) }

    func time(_ field: ExportField) -> Timestamp? {
        reader.microseconds(field.rawValue).map { Timestamp(microseconds: $0) }
    }

    func utf8(_ field: ExportField) -> ArraySlice<UInt8>? { reader.text(field.rawValue) }

    /// The tags as JSON.
    var tags: ArraySlice<UInt8>? { reader.json(ExportField.tags.rawValue) }
}

/// A series that is exported.
struct ExportSeriesRow {
    let reader: PostgresCopyReader
    /// The column of the first of its fields.
    let first: Int

    /// A text; `nil` when it is empty, too, where that stands for none.
    func utf8(_ field: ExportSeriesField) -> ArraySlice<UInt8>? {
        let text = reader.text(first + field.rawValue)
        switch field {
        case .sourceApp, .provider, .model, .operation: return text?.isEmpty == true ? nil : text
        default: return text
        }
    }
}
