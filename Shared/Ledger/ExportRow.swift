internal import Domain
internal import Postgres

/// What exports read of a row.
enum ExportField: Int, CaseIterable, Sendable {
    case eventID, kind, isCorrection, occurredAt, recordedAt, cost, events, unpricedEvents, state
    case inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, reasoningTokens, latency
    case status, traceID, tags, reference, reason
    case workspace, team, project, user, sourceApp, provider, model, operation, serviceTier

    /// The expression that yields it.
    private var expression: String {
        switch self {
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

/// The row that is read, and the line that is written of it.
struct ExportLine {
    var row = PostgresCopyReader(columns: ExportField.allCases.count)
    var text = CSVText()

    var isEvent: Bool { row.integer(ExportField.kind.rawValue) == 1 }

    func number(_ field: ExportField) -> Int64? { row.integer(field.rawValue) }

    func time(_ field: ExportField) -> Timestamp? {
        row.microseconds(field.rawValue).map { Timestamp(microseconds: $0) }
    }

    /// The tags as JSON.
    var tags: ArraySlice<UInt8>? { row.json(ExportField.tags.rawValue) }

    /// A text; `nil` when it is empty, too, where that stands for none.
    func utf8(_ field: ExportField) -> ArraySlice<UInt8>? {
        let text = row.text(field.rawValue)
        switch field {
        case .sourceApp, .provider, .model, .operation: return text?.isEmpty == true ? nil : text
        default: return text
        }
    }
}
