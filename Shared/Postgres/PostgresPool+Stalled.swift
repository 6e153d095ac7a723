internal import Logging

/// Freeing what a client holds that no longer speaks.
extension PostgresPool {
    /// A backend is `active` and reads from its client only in the middle of COPY or of a pipeline.
    ///
    /// PostgreSQL ends clients that are idle between the statements of a transaction, but waits for ever for the next
    /// piece of a COPY: neither `statement_timeout` nor `idle_in_transaction_session_timeout` applies.
    private static let endStalled: SQL = """
        -- First all conditions, then the blow: a planner may ask them in any order.
        WITH stalled AS MATERIALIZED (
            SELECT pid FROM pg_stat_activity
            WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
                AND state = 'active' AND wait_event_type = 'Client' AND wait_event = 'ClientRead'
                AND query_start < now() - $1::bigint * interval '1 millisecond'
        )
        SELECT pid, pg_terminate_backend(pid) FROM stalled
        """

    /// Ends connections of the same user whose client, frozen or cut off, sends nothing in the middle of a statement.
    ///
    /// So a replica that hangs with locks in hand holds up the others for a bounded time. It is done for those who come
    /// after: a failure is logged and changes nothing.
    func endStalledClients(by connection: PostgresConnection) async {
        let limit = configuration.idleInTransactionTimeout
        guard limit > .zero else { return }
        do {
            let ended = try await connection.query(Self.endStalled, [.int(Int(limit.milliseconds))])
            guard !ended.isEmpty else { return }
            logger.warning(
                "ended connections whose clients stopped in the middle of a statement",
                metadata: ["postgres.connections": "\(ended.count)"]
            )
        } catch {
            logger.warning("stalled connections cannot be looked for", metadata: ["error": "\(error)"])
        }
    }
}
