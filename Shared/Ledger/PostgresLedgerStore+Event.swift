internal import Domain
internal import Postgres

/// One event by its name.
extension PostgresLedgerStore {
    private static let selectTime: SQL = """
        SELECT i.occurred_at FROM identities AS i
        JOIN ledger_workspaces AS w ON w.number = i.workspace
        WHERE w.name = $1 AND i.id = ANY($2::uuid[])
        """

    package func event(_ eventID: String, of workspace: String, idHash: [UInt8]) async throws -> LedgerRow? {
        let found = try await mapErrors {
            try await pool.query(Self.selectTime, [.text(workspace), .uuidArray([idHash])])
        }
        guard let time: Timestamp = try found.first?.value(at: 0) else { return nil }
        let query = LedgerQuery(workspaces: [workspace], from: time, to: time.adding(microseconds: 1), source: .events)
        return try await event(eventID, in: query)
    }
}

extension LedgerStore {
    /// Looks through the rows of a query for an event.
    func event(_ eventID: String, in query: LedgerQuery) async throws -> LedgerRow? {
        var cursor: LedgerCursor?
        repeat {
            let page = try await usage(query, limit: 1_000, after: cursor)
            if let row = page.rows.first(where: { $0.kind == .event && $0.priced.event.eventID == eventID }) {
                return row
            }
            cursor = page.next
        } while cursor != nil
        return nil
    }
}
