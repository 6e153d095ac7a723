internal import CPostgres
internal import Glibc

/// Owns one `PGconn` and talks to the server by libpq's non-blocking calls.
///
/// Every wait is one `poll` of the socket and of the interrupt, so that a cancelled task gets its answer at once. Only
/// the actor that made it may use it, on its thread.
@safe final class Session {
    let connection: OpaquePointer
    private let cancelHandle: OpaquePointer?
    let interrupt: Interrupt
    private let cancelGrace: Duration
    /// After this moment a cancelled operation is given up together with the connection.
    private var drainDeadline: ContinuousClock.Instant?
    /// Whether the running operation must not be interrupted, as the end of a transaction must not.
    var isShielded = false
    /// Whether rows of a COPY are on their way, over several operations.
    var isCopyingOut = false

    /// Takes over a connection that is open.
    private init(connection: OpaquePointer, interrupt: Interrupt, cancelGrace: Duration) {
        unsafe self.connection = connection
        unsafe cancelHandle = PQgetCancel(connection)
        self.interrupt = interrupt
        self.cancelGrace = cancelGrace
    }

    deinit {
        unsafe PQfreeCancel(cancelHandle)
        unsafe PQfinish(connection)
    }

    /// Opens a connection.
    static func open(_ configuration: PostgresConfiguration, interrupt: Interrupt) throws -> Session {
        let parameters = configuration.connectionParameters
        let connection = unsafe withCStrings(parameters.map { $0.0 }) { keywords in
            unsafe withCStrings(parameters.map { $0.1 }) { values in
                unsafe PQconnectStartParams(keywords, values, 0)
            }
        }
        guard let connection = unsafe connection else { throw PostgresError(.connectFailed, "out of memory") }
        do {
            let deadline = ContinuousClock.now + configuration.connectTimeout
            try unsafe establish(connection, interrupt: interrupt, deadline: deadline)
        } catch {
            unsafe PQfinish(connection)
            throw error
        }
        unsafe PQsetnonblocking(connection, 1)
        // Warnings and notices would go to the process's error stream.
        unsafe PQsetNoticeProcessor(connection, { _, _ in }, nil)
        return unsafe Session(
            connection: connection,
            interrupt: interrupt,
            cancelGrace: configuration.cancelGrace
        )
    }

    private static func establish(
        _ connection: OpaquePointer,
        interrupt: Interrupt,
        deadline: ContinuousClock.Instant
    ) throws {
        var step = PGRES_POLLING_WRITING
        guard unsafe PQstatus(connection) != CONNECTION_BAD else { throw unsafe connectError(connection) }
        while step != PGRES_POLLING_OK {
            guard step != PGRES_POLLING_FAILED else { throw unsafe connectError(connection) }
            let events = step == PGRES_POLLING_READING ? POLLIN : POLLOUT
            let woken = unsafe isReady(PQsocket(connection), events, interrupt.descriptor, until: deadline)
            if interrupt.isRequested { throw CancellationError() }
            guard woken else { throw PostgresError(.connectFailed, "no connection in time") }
            step = unsafe PQconnectPoll(connection)
        }
    }

    private static func connectError(_ connection: OpaquePointer) -> PostgresError {
        let text = unsafe PQerrorMessage(connection).map { unsafe String(cString: $0) } ?? ""
        let line = text.split(separator: "\n").joined(separator: "; ")
        return PostgresError(.connectFailed, line.isEmpty ? "the server cannot be reached" : line)
    }

    var socket: Int32 { unsafe PQsocket(connection) }
    var isConnected: Bool { unsafe PQstatus(connection) == CONNECTION_OK }
    var isIdle: Bool { unsafe PQtransactionStatus(connection) == PQTRANS_IDLE }

    /// Whether all that was sent has been answered and read.
    var hasNoResultLeft: Bool {
        unsafe PQtransactionStatus(connection) != PQTRANS_ACTIVE && PQpipelineStatus(connection) == PQ_PIPELINE_OFF
    }

    /// The error that libpq met in its last call.
    var lastError: PostgresError {
        let text = unsafe PQerrorMessage(connection).map { unsafe String(cString: $0) } ?? ""
        let line = text.split(separator: "\n").first.map { String($0) } ?? "the connection broke"
        return PostgresError(isConnected ? .protocolViolation : .connectionLost, line)
    }

    /// Sends what libpq holds back, and reads meanwhile, so that neither side waits for the other for ever.
    func flush() throws {
        while true {
            let state = unsafe PQflush(connection)
            if state == 0 { return }
            guard state == 1 else { throw lastError }
            try wait(for: POLLIN | POLLOUT)
            guard unsafe PQconsumeInput(connection) == 1 else { throw lastError }
        }
    }

    /// The next result of what was sent, or `nil` at its end.
    func nextResult() throws -> ResultHandle? {
        while unsafe PQisBusy(connection) == 1 {
            try wait(for: POLLIN)
            // A broken connection shows as a result that says so.
            if unsafe PQconsumeInput(connection) == 0 { break }
        }
        guard let result = unsafe PQgetResult(connection) else { return nil }
        return unsafe ResultHandle(result)
    }

    /// Waits until the socket is ready; asks the server to stop when the task was cancelled, then waits for its answer.
    func wait(for events: Int32) throws {
        while true {
            let watched = drainDeadline == nil && !isShielded ? interrupt.descriptor : -1
            let woken = Self.isReady(socket, events, watched, until: drainDeadline)
            if let drainDeadline, ContinuousClock.now >= drainDeadline {
                throw PostgresError(.connectionLost, "a cancelled statement did not end in time")
            }
            if !isShielded, drainDeadline == nil, interrupt.isRequested {
                stopStatement()
                continue
            }
            if woken { return }
        }
    }

    /// Whether the running operation was told to end.
    var isCancelled: Bool { drainDeadline != nil }

    /// Forgets the cancellation of the operation that has ended.
    func finishOperation() {
        drainDeadline = nil
        isShielded = false
    }

    /// Tells the server to stop what it does; its answer must be read.
    func stopStatement() {
        drainDeadline = ContinuousClock.now + cancelGrace
        cancelStatement()
    }

    private func cancelStatement() {
        var message = [CChar](repeating: 0, count: 256)
        _ = unsafe PQcancel(cancelHandle, &message, Int32(message.count))
    }

    /// Polls a socket and a second descriptor; false when the time is up.
    private static func isReady(
        _ socket: Int32,
        _ events: Int32,
        _ other: Int32,
        until deadline: ContinuousClock.Instant?
    ) -> Bool {
        var descriptors = [
            pollfd(fd: socket, events: Int16(events), revents: 0),
            pollfd(fd: other, events: Int16(POLLIN), revents: 0),
        ]
        let left = deadline.map { max(0, ContinuousClock.now.duration(to: $0).milliseconds) } ?? -1
        return unsafe poll(&descriptors, 2, Int32(clamping: left)) != 0
    }
}

/// Lends a NULL-terminated array of C strings.
private func withCStrings<Value>(
    _ strings: [String],
    _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Value
) -> Value {
    var pointers: [UnsafePointer<CChar>?] = unsafe []
    func descend(_ rest: ArraySlice<String>) -> Value {
        guard let first = rest.first else {
            unsafe pointers.append(nil)
            return unsafe pointers.withUnsafeBufferPointer { buffer in
                guard let base = buffer.baseAddress else { preconditionFailure("the array has an end mark") }
                return unsafe body(base)
            }
        }
        return unsafe first.withCString { pointer in
            unsafe pointers.append(pointer)
            return descend(rest.dropFirst())
        }
    }
    return descend(strings[...])
}
