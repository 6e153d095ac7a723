internal import Domain
internal import Postgres

/// A job as its row has it.
extension LedgerJob {
    init(_ row: PostgresRow) throws {
        guard let state = State(rawValue: try row.value("state")) else {
            throw LedgerError(.corruptRow, "a job's state is unknown to this version")
        }
        let spec = try JobSpec.read(try row.value("spec"))
        let request = LedgerJobRequest(
            key: try row.value("key"),
            kind: try Kind(row),
            workspace: try row.optional("workspace"),
            query: try spec.query(),
            parameters: spec.parameters,
            reason: try row.value("reason"),
            author: try row.value("author"),
            priceBook: try row.value("price_book"),
            reverses: try row.optional("reverses")
        )
        self.init(
            id: try row.value("id"),
            request: request,
            state: state,
            progress: try LedgerJobProgress(row),
            pages: try row.value("pages"),
            cursor: try row.isNull("cursor_at") ? nil : try LedgerScanCursor(row),
            carry: try row.optional("carry"),
            failure: try row.optional("failure"),
            createdAt: try row.value("created_at"),
            updatedAt: try row.value("updated_at"),
            finishedAt: try row.optional("finished_at"),
            reversedBy: try row.optional("reversed_by")
        )
    }
}

extension LedgerJob.Kind {
    init(_ row: PostgresRow) throws {
        guard let kind = LedgerJob.Kind(rawValue: try row.value("kind")) else {
            throw LedgerError(.corruptRow, "a job's kind is unknown to this version")
        }
        self = kind
    }
}

extension LedgerJobProgress {
    fileprivate init(_ row: PostgresRow) throws {
        read = try row.value("events_read")
        changed = try row.value("events_changed")
        costBefore = try row.value("cost_before")
        costAfter = try row.value("cost_after")
        unpricedBefore = try row.value("unpriced_before")
        unpricedAfter = try row.value("unpriced_after")
    }
}

extension LedgerScanCursor {
    fileprivate init(_ row: PostgresRow) throws {
        self.init(
            workspace: try row.value("cursor_workspace"),
            occurredAt: try row.value("cursor_at"),
            row: try row.value("cursor_row")
        )
    }
}
