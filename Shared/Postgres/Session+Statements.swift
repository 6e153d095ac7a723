internal import CPostgres

/// Sending statements.
extension Session {
    /// Sends a text of statements without parameters and returns the last result.
    func execute(_ text: String) throws -> ResultHandle {
        guard unsafe PQsendQuery(connection, text) == 1 else { throw lastError }
        try flush()
        return try results()
    }

    /// Prepares a statement under a name.
    func prepare(_ sql: SQL, name: String) throws {
        try sendPrepare(sql, name: name)
        try flush()
        _ = try results()
    }

    /// Sends a request to prepare a statement.
    func sendPrepare(_ sql: SQL, name: String) throws {
        guard unsafe PQsendPrepare(connection, name, sql.text, 0, nil) == 1 else { throw lastError }
    }

    /// Runs a prepared statement; the answer comes in binary form.
    func run(name: String, _ parameters: EncodedParameters) throws -> ResultHandle {
        try send(name: name, parameters)
        try flush()
        return try results()
    }

    /// Sends a prepared statement's execution.
    func send(name: String, _ parameters: EncodedParameters) throws {
        let sent = unsafe parameters.withPointers { count, values, lengths, formats in
            unsafe PQsendQueryPrepared(connection, name, count, values, lengths, formats, 1)
        }
        guard sent == 1 else { throw lastError }
    }

    /// Reads all results of what was sent and returns the last, or throws the first error after all were read.
    func results() throws -> ResultHandle {
        var last: ResultHandle?
        var failure: PostgresError?
        while let result = try nextResult() {
            if failure == nil { failure = result.error }
            last = result
            // The connection stays in copy mode until the caller ends it.
            if result.status == PGRES_COPY_IN || result.status == PGRES_COPY_OUT { break }
            if !isConnected { break }
        }
        if let failure { throw failure }
        guard let last else { throw lastError }
        return last
    }
}

/// Sending several statements in one round trip.
extension Session {
    /// One statement of a pipeline.
    struct Step {
        var name: String
        /// The text, when it must be prepared first.
        var preparing: SQL?
        var parameters: EncodedParameters
    }

    /// Runs statements one after the other, the server stopping at the first that fails.
    ///
    /// `prepared` hears of every statement that the server has prepared, also when a later one fails.
    func runPipeline(_ steps: [Step], prepared: (Step) -> Void) throws -> [ResultHandle] {
        guard unsafe PQenterPipelineMode(connection) == 1 else { throw lastError }
        for step in steps {
            if let sql = step.preparing { try sendPrepare(sql, name: step.name) }
            try send(name: step.name, step.parameters)
        }
        guard unsafe PQpipelineSync(connection) == 1 else { throw lastError }
        try flush()
        var results: [ResultHandle] = []
        var failure: PostgresError?
        for step in steps {
            if step.preparing != nil {
                let result = try pipelineResult()
                if let error = result.error { failure = failure ?? error } else { prepared(step) }
            }
            let result = try pipelineResult()
            failure = failure ?? result.error
            results.append(result)
        }
        let end = try nextResult()
        guard end?.status == PGRES_PIPELINE_SYNC, unsafe PQexitPipelineMode(connection) == 1 else { throw lastError }
        if let failure { throw failure }
        return results
    }

    /// The result of one statement of a pipeline and the end mark that follows it.
    private func pipelineResult() throws -> ResultHandle {
        guard let result = try nextResult() else { throw lastError }
        guard isConnected else { throw result.error ?? lastError }
        guard try nextResult() == nil else { throw PostgresError(.protocolViolation, "more than one result") }
        return result
    }
}

/// Sending rows.
extension Session {
    /// How many bytes go to libpq at once.
    private static let copyChunk = 128 * 1024

    /// Sends a `COPY … FROM STDIN` and its data and returns how many rows were copied.
    func copyIn(_ text: String, _ bytes: [UInt8]) throws -> Int {
        let start = try execute(text)
        guard start.status == PGRES_COPY_IN else {
            throw PostgresError(.protocolViolation, "the statement is no COPY FROM STDIN")
        }
        try unsafe bytes.withUnsafeBytes { buffer in
            var offset = 0
            while offset < buffer.count {
                let count = min(Self.copyChunk, buffer.count - offset)
                try unsafe put(UnsafeRawBufferPointer(rebasing: buffer[offset..<offset + count]))
                offset += count
            }
        }
        try endCopy(reason: isInterrupted ? "cancelled" : nil)
        return try results().affectedRowCount
    }

    private var isInterrupted: Bool { isCancelled || (!isShielded && interrupt.isRequested) }

    private func put(_ chunk: UnsafeRawBufferPointer) throws {
        guard !isInterrupted else { return }
        while true {
            let bytes = unsafe chunk.assumingMemoryBound(to: CChar.self)
            let state = unsafe PQputCopyData(connection, bytes.baseAddress, Int32(chunk.count))
            guard state >= 0 else { throw lastError }
            try flush()
            if state == 1 || isInterrupted { return }
        }
    }

    private func endCopy(reason: String?) throws {
        while true {
            let state = unsafe PQputCopyEnd(connection, reason)
            guard state >= 0 else { throw lastError }
            try flush()
            if state == 1 { return }
        }
    }
}
