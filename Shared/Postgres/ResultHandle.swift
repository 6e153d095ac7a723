internal import CPostgres

/// Owns one `PGresult`.
///
/// It is `@unchecked Sendable` because libpq promises that a `PGresult` is read-only after creation and may be passed
/// between threads freely (libpq, "Behavior in Threaded Programs"); only reading functions are called here.
@safe final class ResultHandle: @unchecked Sendable {
    private let pointer: OpaquePointer
    let rowCount: Int
    let columnCount: Int

    /// Takes over a result.
    init(_ pointer: OpaquePointer) {
        unsafe self.pointer = pointer
        rowCount = unsafe Int(PQntuples(pointer))
        columnCount = unsafe Int(PQnfields(pointer))
    }

    deinit {
        unsafe PQclear(pointer)
    }

    var status: ExecStatusType { unsafe PQresultStatus(pointer) }

    /// How many rows the statement changed or returned, as its command tag says.
    var affectedRowCount: Int {
        guard let text = unsafe PQcmdTuples(pointer) else { return 0 }
        return unsafe Int(String(cString: text)) ?? 0
    }

    func columnName(_ column: Int) -> String {
        guard let name = unsafe PQfname(pointer, Int32(column)) else { return "" }
        return unsafe String(cString: name)
    }

    func columnType(_ column: Int) -> UInt32 {
        unsafe PQftype(pointer, Int32(column))
    }

    /// Lends the bytes of a cell, or `nil` for NULL.
    ///
    /// Row and column must exist.
    func withCell<Value>(
        row: Int,
        column: Int,
        _ body: (UnsafeRawBufferPointer?) throws -> Value
    ) rethrows -> Value {
        precondition(row >= 0 && row < rowCount && column >= 0 && column < columnCount, "no such cell")
        if unsafe PQgetisnull(pointer, Int32(row), Int32(column)) == 1 { return try body(nil) }
        let length = unsafe Int(PQgetlength(pointer, Int32(row), Int32(column)))
        let start = unsafe PQgetvalue(pointer, Int32(row), Int32(column))
        return try unsafe body(UnsafeRawBufferPointer(start: start, count: length))
    }

    /// The server's error, when the result is one.
    var error: PostgresError? {
        switch status {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_EMPTY_QUERY, PGRES_PIPELINE_SYNC:
            return nil
        case PGRES_PIPELINE_ABORTED:
            return PostgresError(.server, "an earlier statement of the pipeline failed", sqlState: "25P02")
        default: break
        }
        let state = field("C")
        let fallback = unsafe PQresultErrorMessage(pointer).map { unsafe String(cString: $0) }
        let message = field("M") ?? fallback ?? ""
        let line = String(message.split(separator: "\n").first ?? "the connection broke")
        // An error without a state was made by libpq itself: the connection is gone.
        var error = PostgresError(state == nil ? .connectionLost : .server, line, sqlState: state)
        error.detail = field("D")
        error.constraint = field("n")
        return error
    }

    private func field(_ code: Unicode.Scalar) -> String? {
        guard let text = unsafe PQresultErrorField(pointer, Int32(code.value)) else { return nil }
        return unsafe String(cString: text)
    }
}
