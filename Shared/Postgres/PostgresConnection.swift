internal import BlockingExecutor
package import Logging
internal import Synchronization

/// One connection to PostgreSQL, on a thread of its own.
///
/// Statements have parameters and are prepared once per connection. When the task that waits for a statement is
/// cancelled, the server is told to stop, the answer is drained, and `CancellationError` is thrown: the connection
/// stays usable, unless the server does not answer within `cancelGrace`.
///
/// > Warning: Leases come from `PostgresPool`. Two tasks that share a connection would share its transaction.
package actor PostgresConnection {
    private let executor: BlockingExecutor
    private let configuration: PostgresConfiguration
    private let logger: Logger
    private let interrupt = Interrupt()
    private let health = ConnectionHealth()
    private var session: Session?
    private var statements: StatementCache

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }

    private init(_ configuration: PostgresConfiguration, logger: Logger) {
        executor = BlockingExecutor()
        self.configuration = configuration
        self.logger = logger
        statements = StatementCache(capacity: configuration.statementCacheSize)
    }

    /// Opens a connection.
    ///
    /// - Throws: `PostgresError` with code `connectFailed`.
    package static func open(
        _ configuration: PostgresConfiguration,
        logger: Logger
    ) async throws -> PostgresConnection {
        let connection = PostgresConnection(configuration, logger: logger)
        try await connection.connect()
        return connection
    }

    private func connect() async throws {
        let configuration = configuration
        let interrupt = interrupt
        session = try await interruptible { try Session.open(configuration, interrupt: interrupt) }
        health.update(socket: session?.socket, isReusable: true)
        logger.debug("postgres connection opened")
    }

    /// Ends the connection; every later statement fails with `connectionLost`.
    package func close() {
        session = nil
        health.update(socket: nil, isReusable: false)
    }

    /// Whether the connection is in no transaction and the server has not ended it.
    package nonisolated var isReusable: Bool { health.isReusable }

    /// Runs a statement.
    ///
    /// - Throws: `PostgresError`, or `CancellationError`, after which the statement may have taken effect.
    package func query(_ sql: SQL, _ values: [PostgresValue] = []) async throws -> PostgresResult {
        let parameters = try EncodedParameters(values)
        return try await operation { session in
            PostgresResult(try self.run(sql, parameters, on: session))
        }
    }

    /// Runs statements in their order with one round trip for all, and returns a result for each.
    ///
    /// The server skips everything after the first failure, which is thrown. Outside of a transaction all of them form
    /// one of their own.
    package func pipeline(_ queries: [PostgresQuery]) async throws -> [PostgresResult] {
        guard !queries.isEmpty else { return [] }
        let parameters = try queries.map { try EncodedParameters($0.values) }
        return try await operation { session in
            try self.runPipeline(queries.map(\.sql), parameters, on: session).map { PostgresResult($0) }
        }
    }

    /// Runs several statements without parameters, separated by semicolons, as migrations have them.
    package func execute(script: SQL) async throws {
        try await operation { session in _ = try session.execute(script.text) }
    }

    /// Sends rows by the statement `COPY table (columns) FROM STDIN (FORMAT binary)` and returns how many were copied.
    package func copyIn(_ sql: SQL, _ rows: consuming PostgresCopyBuffer) async throws -> Int {
        let bytes = rows.finished()
        return try await operation { session in try session.copyIn(sql.text, bytes) }
    }

    /// Gets rows by a statement `COPY (query) TO STDOUT` and hands them on as they come, in pieces of about `size` bytes.
    ///
    /// The server sends no faster than `body` takes. When `body` throws, the server is told to stop.
    ///
    /// > Warning: COPY takes no parameters: the query reads them from settings, by `current_setting`.
    package nonisolated func copyOut(
        _ sql: SQL,
        size: Int = 256 * 1024,
        _ body: ([UInt8]) async throws -> Void
    ) async throws {
        try await startCopyOut(sql)
        do {
            while let piece = try await nextPiece(size) { try await body(piece) }
        } catch {
            await abandonCopyOut()
            throw error
        }
    }

    private func startCopyOut(_ sql: SQL) async throws {
        try await operation { session in try session.startCopyOut(sql.text) }
    }

    private func nextPiece(_ size: Int) async throws -> [UInt8]? {
        try await operation { session in try session.nextPiece(size) }
    }

    /// Ends a COPY that nobody wants any more; a connection that cannot be told is closed.
    private func abandonCopyOut() async {
        guard let session, session.isCopyingOut else { return }
        // It ends as cancelled, as it should; a connection that is not sound then is closed by `settle`.
        _ = try? await operation(isShielded: true) { session in try session.abandonCopyOut() }
    }

    /// Runs a statement that a cancelled task must still get done, as the end of a transaction is.
    func finish(_ sql: SQL) async throws {
        try await operation(isShielded: true) { session in _ = try session.execute(sql.text) }
    }

    private func run(_ sql: SQL, _ parameters: EncodedParameters, on session: Session) throws -> ResultHandle {
        let wasIdle = session.isIdle
        do {
            return try session.run(name: try preparedName(sql, on: session), parameters)
        } catch let error as PostgresError where error.isStaleStatement {
            // The table has changed since the statement was prepared.
            _ = statements.remove(sql)
            guard wasIdle, !session.isCancelled else { throw error }
            return try session.run(name: try preparedName(sql, on: session), parameters)
        }
    }

    private func preparedName(_ sql: SQL, on session: Session) throws -> String {
        if let name = statements.name(of: sql) { return name }
        let name = statements.makeName()
        try session.prepare(sql, name: name)
        try remember(sql, name: name, on: session)
        return name
    }

    private func remember(_ sql: SQL, name: String, on session: Session) throws {
        guard let evicted = statements.insert(sql, name: name) else { return }
        // The name was made here: a letter and a number.
        _ = try session.execute("DEALLOCATE \(evicted)")
    }

    private func runPipeline(
        _ statementTexts: [SQL],
        _ parameters: [EncodedParameters],
        on session: Session
    ) throws -> [ResultHandle] {
        var fresh: [SQL: String] = [:]
        var steps: [Session.Step] = []
        for (sql, parameters) in zip(statementTexts, parameters) {
            if let name = fresh[sql] ?? statements.name(of: sql) {
                steps.append(Session.Step(name: name, preparing: nil, parameters: parameters))
            } else {
                let name = statements.makeName()
                fresh[sql] = name
                steps.append(Session.Step(name: name, preparing: sql, parameters: parameters))
            }
        }
        var prepared: [(SQL, String)] = []
        defer {
            for (sql, name) in prepared { try? remember(sql, name: name, on: session) }
        }
        do {
            return try session.runPipeline(steps) { step in
                if let sql = step.preparing { prepared.append((sql, step.name)) }
            }
        } catch let error as PostgresError where error.isStaleStatement {
            for sql in statementTexts { _ = statements.remove(sql) }
            throw error
        }
    }
}

extension PostgresConnection {
    /// Runs one operation on the session, keeps the connection's health, and turns a cancelled one's end into
    /// `CancellationError`.
    private func operation<Value: Sendable>(
        isShielded: Bool = false,
        _ body: (Session) throws -> Value
    ) async throws -> Value {
        guard let session, session.isConnected else {
            throw PostgresError(.connectionLost, "the connection is closed")
        }
        session.isShielded = isShielded
        defer {
            session.finishOperation()
            settle(session)
        }
        if isShielded { return try perform(body, on: session) }
        return try await interruptible { try self.perform(body, on: session) }
    }

    private func perform<Value>(_ body: (Session) throws -> Value, on session: Session) throws -> Value {
        do {
            let value = try body(session)
            if session.isCancelled { throw CancellationError() }
            return value
        } catch {
            if session.isCancelled { throw CancellationError() }
            throw error
        }
    }

    /// Lets the running task's cancellation reach `body` as an interrupt.
    private func interruptible<Value>(_ body: () throws -> Value) async throws -> Value {
        let operation = interrupt.begin()
        return try await withTaskCancellationHandler {
            // Only a closure that captures the actor runs on its thread.
            try self.runHere(body)
        } onCancel: { [interrupt] in
            interrupt.request(operation)
        }
    }

    private func runHere<Value>(_ body: () throws -> Value) throws -> Value {
        preconditionIsolated()
        try Task.checkCancellation()
        return try body()
    }

    private func settle(_ session: Session) {
        let isSound = session.isConnected && (session.hasNoResultLeft || session.isCopyingOut)
        if !isSound {
            logger.debug("postgres connection lost")
            close()
        } else {
            health.update(socket: session.socket, isReusable: session.isIdle)
        }
    }
}

extension PostgresError {
    /// Whether the server no longer accepts a statement as it was prepared.
    fileprivate var isStaleStatement: Bool {
        sqlState == "26000" || (sqlState == "0A000" && message.contains("cached plan"))
    }
}
