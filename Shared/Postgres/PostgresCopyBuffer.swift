package import Domain

/// Rows for `COPY … FROM STDIN (FORMAT binary)`, in one byte buffer.
///
/// Each row is begun with its column count and then filled in the table's column order. A wrong type or count is
/// refused by the server, which then inserts nothing.
package struct PostgresCopyBuffer: Sendable {
    private(set) var bytes: [UInt8]
    /// How many rows were begun.
    package private(set) var rowCount = 0

    /// Starts an empty buffer with room for so many bytes.
    package init(reservingBytes capacity: Int = 0) {
        bytes = []
        bytes.reserveCapacity(capacity + 32)
        bytes.append(contentsOf: "PGCOPY\n".utf8)
        bytes.append(contentsOf: [0xFF, 0x0D, 0x0A, 0x00])
        bytes.appendBigEndian(Int32(0))
        bytes.appendBigEndian(Int32(0))
    }

    /// How many bytes the rows take so far.
    package var byteCount: Int { bytes.count }

    /// Begins a row.
    package mutating func beginRow(columns: Int) {
        rowCount += 1
        bytes.appendBigEndian(Int16(columns))
    }

    /// Appends NULL, for a column of any type.
    package mutating func appendNull() {
        bytes.appendBigEndian(Int32(-1))
    }

    /// Appends a `bigint`, or NULL.
    package mutating func append(_ value: Int64?) {
        guard let value else { return appendNull() }
        bytes.appendBigEndian(Int32(8))
        bytes.appendBigEndian(value)
    }

    /// Appends an `integer`, or NULL.
    package mutating func append(_ value: Int32?) {
        guard let value else { return appendNull() }
        bytes.appendBigEndian(Int32(4))
        bytes.appendBigEndian(value)
    }

    /// Appends a `smallint`, or NULL.
    package mutating func append(_ value: Int16?) {
        guard let value else { return appendNull() }
        bytes.appendBigEndian(Int32(2))
        bytes.appendBigEndian(value)
    }

    /// Appends a `boolean`, or NULL.
    package mutating func append(_ value: Bool?) {
        guard let value else { return appendNull() }
        bytes.appendBigEndian(Int32(1))
        bytes.append(value ? 1 : 0)
    }

    /// Appends a `text`, or NULL.
    package mutating func append(_ value: String?) {
        guard let value else { return appendNull() }
        bytes.appendWithLength { $0.append(contentsOf: value.utf8) }
    }

    /// Appends a `jsonb` from its text, or NULL.
    package mutating func append(json value: String?) {
        guard let value else { return appendNull() }
        bytes.appendWithLength {
            $0.append(1)
            $0.append(contentsOf: value.utf8)
        }
    }

    /// Appends a `bytea`, or NULL; 16 bytes also make a `uuid`.
    package mutating func append(bytes value: [UInt8]?) {
        guard let value else { return appendNull() }
        bytes.appendBigEndian(Int32(value.count))
        bytes.append(contentsOf: value)
    }

    /// Appends a `timestamptz`, or NULL.
    package mutating func append(_ value: Timestamp?) {
        append(value.map { postgresMicroseconds($0.microseconds) })
    }

    /// Appends an integral `numeric`, or NULL.
    package mutating func append(numeric value: Int128?) {
        guard let value else { return appendNull() }
        bytes.appendWithLength { $0.appendNumeric(value) }
    }

    /// Appends a `bigint[]`, or NULL.
    package mutating func append(int64Array value: [Int64]?) {
        guard let value else { return appendNull() }
        bytes.appendWithLength { $0.appendArray(value, of: TypeID.int8) { $1.appendBigEndian($0) } }
    }

    /// Appends a `smallint[]`, or NULL.
    package mutating func append(int16Array value: [Int16]?) {
        guard let value else { return appendNull() }
        bytes.appendWithLength { $0.appendArray(value, of: TypeID.int2) { $1.appendBigEndian($0) } }
    }

    /// The buffer with the end mark that the format wants.
    consuming func finished() -> [UInt8] {
        bytes.appendBigEndian(Int16(-1))
        return bytes
    }
}
