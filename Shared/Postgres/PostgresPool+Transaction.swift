/// What a transaction sees of others (PostgreSQL's isolation levels that differ).
package enum PostgresIsolation: Sendable {
    /// Each statement sees what was committed before it.
    case readCommitted
    /// All statements see one snapshot.
    case repeatableRead
    /// As if transactions ran one after the other.
    case serializable

    fileprivate var begin: SQL {
        switch self {
        case .readCommitted: "BEGIN"
        case .repeatableRead: "BEGIN ISOLATION LEVEL REPEATABLE READ"
        case .serializable: "BEGIN ISOLATION LEVEL SERIALIZABLE"
        }
    }
}

extension PostgresPool {
    /// Runs `body` in a transaction: it is committed when `body` returns and undone when `body` throws.
    ///
    /// With `attempts` above 1 a transaction that lost against a concurrent one (40001, 40P01) is run again after a
    /// short random pause, so `body` may run several times.
    ///
    /// - Throws: `body`'s own error as it is; a `PostgresError` with its `phase` set; `CancellationError`.
    package func withTransaction<Value>(
        isolation: PostgresIsolation = .readCommitted,
        attempts: Int = 1,
        _ body: (PostgresConnection) async throws -> Value
    ) async throws -> Value {
        var attempt = 1
        while true {
            do {
                return try await withConnection { connection in
                    try await connection.withTransaction(isolation: isolation, body)
                }
            } catch let error as PostgresError where error.isSerializationFailure && attempt < attempts {
                let pause = Int64.random(in: 1...(10 << min(attempt, 6)))
                try await pauseBeforeRetry(.milliseconds(pause))
                attempt += 1
            }
        }
    }
}

extension PostgresConnection {
    /// Runs `body` in a transaction on this connection; see `PostgresPool.withTransaction`.
    ///
    /// > Warning: It does not nest.
    package nonisolated func withTransaction<Value>(
        isolation: PostgresIsolation = .readCommitted,
        _ body: (PostgresConnection) async throws -> Value
    ) async throws -> Value {
        try await inPhase(.begin) { _ = try await query(isolation.begin) }
        let value: Value
        do {
            value = try await inPhase(.body) { try await body(self) }
        } catch {
            try await undo(after: error)
            throw error
        }
        do {
            try Task.checkCancellation()
        } catch {
            try await undo(after: error)
            throw error
        }
        try await inPhase(.commit) { try await finish("COMMIT") }
        return value
    }

    private nonisolated func undo(after error: any Error) async throws {
        do {
            try await finish("ROLLBACK")
        } catch var failure as PostgresError {
            // A connection that broke in the body cannot be told; the server undoes it all the same.
            if let cause = error as? PostgresError, cause.code == .connectionLost { return }
            if error is CancellationError { return }
            failure.phase = .rollback
            failure.underlying = error
            throw failure
        }
    }

    private nonisolated func inPhase<Value>(
        _ phase: PostgresError.Phase,
        _ body: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await body()
        } catch var error as PostgresError where error.phase == nil {
            error.phase = phase
            throw error
        }
    }
}
