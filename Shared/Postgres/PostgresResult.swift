/// What a statement returned: rows, or the count of rows it changed.
///
/// The rows stay in libpq's memory and are decoded when they are asked for.
package struct PostgresResult: Sendable, RandomAccessCollection {
    let handle: ResultHandle
    private let columns: [String: Int]

    init(_ handle: ResultHandle) {
        self.handle = handle
        var columns: [String: Int] = [:]
        for index in 0..<handle.columnCount {
            let name = handle.columnName(index)
            if columns[name] == nil { columns[name] = index }
        }
        self.columns = columns
    }

    package var startIndex: Int { 0 }
    package var endIndex: Int { handle.rowCount }

    /// How many rows the statement inserted, updated, deleted, copied or returned.
    package var affectedRowCount: Int { handle.affectedRowCount }

    package subscript(position: Int) -> PostgresRow {
        PostgresRow(handle: handle, row: position, columns: columns)
    }
}

/// One row of a result.
package struct PostgresRow: Sendable {
    let handle: ResultHandle
    let row: Int
    let columns: [String: Int]

    /// Decodes a column that is not NULL.
    ///
    /// - Throws: `PostgresError` with code `decoding`, which names the column.
    package func value<Value: PostgresDecodable>(_ column: String, as type: Value.Type = Value.self) throws -> Value {
        try value(at: index(of: column), as: type)
    }

    /// Decodes a column that may be NULL.
    ///
    /// - Throws: `PostgresError` with code `decoding`, which names the column.
    package func optional<Value: PostgresDecodable>(
        _ column: String,
        as type: Value.Type = Value.self
    ) throws -> Value? {
        try optional(at: index(of: column), as: type)
    }

    /// Decodes the column at a position, from 0, that is not NULL.
    ///
    /// - Throws: `PostgresError` with code `decoding`, which names the column.
    package func value<Value: PostgresDecodable>(at column: Int, as type: Value.Type = Value.self) throws -> Value {
        guard let value = try optional(at: column, as: type) else { throw failure(column, "is NULL") }
        return value
    }

    /// Decodes the column at a position, from 0, that may be NULL.
    ///
    /// - Throws: `PostgresError` with code `decoding`, which names the column.
    package func optional<Value: PostgresDecodable>(
        at column: Int,
        as type: Value.Type = Value.self
    ) throws -> Value? {
        guard column >= 0, column < handle.columnCount else {
            throw PostgresError(.decoding, "no column at position \(column)")
        }
        return try unsafe handle.withCell(row: row, column: column) { bytes in
            guard let bytes = unsafe bytes else { return nil }
            let cell = unsafe PostgresCell(type: handle.columnType(column), bytes: bytes)
            guard let value = Value.decode(cell) else {
                throw failure(column, "of type \(cell.typeName) does not fit \(Value.self)")
            }
            return value
        }
    }

    /// Whether the column is NULL.
    ///
    /// - Throws: `PostgresError` with code `decoding` when there is no such column.
    package func isNull(_ column: String) throws -> Bool {
        try unsafe handle.withCell(row: row, column: index(of: column)) { unsafe $0 == nil }
    }

    private func index(of column: String) throws -> Int {
        guard let index = columns[column] else { throw PostgresError(.decoding, "no column \"\(column)\"") }
        return index
    }

    private func failure(_ column: Int, _ problem: String) -> PostgresError {
        PostgresError(.decoding, "column \"\(handle.columnName(column))\" \(problem)")
    }
}
