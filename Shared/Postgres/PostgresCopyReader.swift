/// Reads the rows of a `COPY … TO STDOUT (FORMAT binary)`, piece by piece, where they lie.
///
/// A third of the server's work for an export is to write text: what is read here it need not write.
package struct PostgresCopyReader: Sendable {
    private let columns: Int
    private var bytes: [UInt8] = []
    private var offset = 0
    private var isPastHeader = false
    /// Where the fields of the present row lie; `nil` for NULL.
    private var fields: [Range<Int>?]

    /// The signature, flags and the length of an extension, which is never there.
    private static let headerSize = 19

    /// - Parameter columns: How many columns each row has.
    package init(columns: Int) {
        self.columns = columns
        fields = Array(repeating: nil, count: columns)
    }

    /// Goes on with the next piece, which ends with a whole row.
    package mutating func read(_ piece: [UInt8]) {
        bytes = piece
        offset = isPastHeader ? 0 : Self.headerSize
        isPastHeader = true
    }

    /// Goes to the next row; false when the piece has no more.
    ///
    /// - Throws: `PostgresError` when the bytes are no rows of so many columns.
    package mutating func next() throws(PostgresError) -> Bool {
        guard offset < bytes.count else { return false }
        let count = try integer(offset, size: 2)
        offset += 2
        // The end mark.
        if count == -1 { return false }
        guard count == columns else { throw Self.unknownForm }
        for column in 0..<columns {
            let length = Int(try integer(offset, size: 4))
            offset += 4
            fields[column] = length < 0 ? nil : offset..<offset + length
            offset += max(0, length)
        }
        guard offset <= bytes.count else { throw Self.unknownForm }
        return true
    }

    private static let unknownForm = PostgresError(.protocolViolation, "COPY sent rows in an unknown form")

    private func integer(_ start: Int, size: Int) throws(PostgresError) -> Int64 {
        guard start + size <= bytes.count else { throw Self.unknownForm }
        return bigEndian(start..<start + size)
    }

    private func bigEndian(_ range: Range<Int>) -> Int64 {
        var value = Int64(truncatingIfNeeded: Int8(bitPattern: bytes[range.lowerBound]))
        for index in range.dropFirst() { value = value << 8 | Int64(bytes[index]) }
        return value
    }

    /// A whole number, or a boolean as 0 or 1; `nil` for NULL.
    package func integer(_ column: Int) -> Int64? {
        guard let range = fields[column], (1...8).contains(range.count) else { return nil }
        return bigEndian(range)
    }

    /// Microseconds since 1970 of a `timestamptz`; `nil` for NULL.
    package func microseconds(_ column: Int) -> Int64? {
        integer(column).map { $0 &+ postgresEpochMicroseconds }
    }

    /// The UTF-8 of a text; `nil` for NULL.
    package func text(_ column: Int) -> ArraySlice<UInt8>? {
        fields[column].map { bytes[$0] }
    }

    /// The UTF-8 of a `jsonb`, before which its version comes; `nil` for NULL.
    package func json(_ column: Int) -> ArraySlice<UInt8>? {
        text(column)?.dropFirst()
    }
}
