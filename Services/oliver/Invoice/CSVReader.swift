/// Why a table cannot be read, and where.
struct CSVError: Error, Equatable, CustomStringConvertible {
    /// The line in the file, from 1.
    let line: Int
    let reason: String

    var description: String { "line \(line): \(reason)" }
}

/// Reads comma-separated values as RFC 4180 describes them.
///
/// Fields may be quoted, with commas, line breaks and doubled quotes in them; lines may end with LF, CR LF or CR. No more
/// than a row is held.
struct CSVReader {
    /// One row and the line on which it begins.
    struct Row: Equatable {
        let line: Int
        var fields: [String]
    }

    /// Rows of a file at most, when all are wanted at once.
    static let rowLimit = 200_000
    /// Bytes of a row at most, and fields.
    static let sizeLimit = 16 << 20
    static let columnLimit = 4_096

    private var bytes: ByteStream
    private var line = 1
    /// Bytes of the present row so far.
    private var size = 0

    /// Stands before the first row.
    init(_ bytes: ByteStream) {
        self.bytes = bytes
    }

    /// All rows but empty ones.
    static func rows(of bytes: [UInt8]) throws(CSVError) -> [Row] {
        var reader = CSVReader(ByteStream(bytes))
        var rows: [Row] = []
        while let row = try reader.next() {
            guard rows.count < rowLimit else {
                throw CSVError(line: row.line, reason: "has more than \(rowLimit) rows")
            }
            rows.append(row)
        }
        return rows
    }

    /// The next row that is not empty; nil at the end.
    mutating func next() throws(CSVError) -> Row? {
        while bytes.first != nil {
            var row = Row(line: line, fields: [])
            var isQuoted = false
            size = 0
            repeat {
                let next = try field()
                isQuoted = isQuoted || next.isQuoted
                row.fields.append(next.text)
                guard row.fields.count <= Self.columnLimit else {
                    throw CSVError(line: line, reason: "has more than \(Self.columnLimit) fields")
                }
            } while bytes.skip(UInt8(ascii: ","))
            _ = takeLineBreak()
            if row.fields != [""] || isQuoted { return row }
        }
        return nil
    }

    private mutating func field() throws(CSVError) -> (text: String, isQuoted: Bool) {
        if bytes.skip(UInt8(ascii: "\"")) { return (try quoted(), true) }
        var content: [UInt8] = []
        while let byte = bytes.first, !Self.endsField(byte) {
            guard byte != UInt8(ascii: "\"") else {
                throw CSVError(line: line, reason: "a quote stands within a field that does not begin with one")
            }
            try add(byte, to: &content)
            _ = bytes.popFirst()
        }
        return (try text(content), false)
    }

    /// Reads to the closing quote.
    private mutating func quoted() throws(CSVError) -> String {
        let start = line
        var content: [UInt8] = []
        while let byte = bytes.first {
            if bytes.skip(UInt8(ascii: "\"")) {
                guard bytes.skip(UInt8(ascii: "\"")) else { return try closed(content) }
                try add(byte, to: &content)
            } else if let lineBreak = takeLineBreak() {
                for byte in lineBreak { try add(byte, to: &content) }
            } else {
                try add(byte, to: &content)
                _ = bytes.popFirst()
            }
        }
        throw CSVError(line: start, reason: "a quote is not closed")
    }

    private mutating func closed(_ content: [UInt8]) throws(CSVError) -> String {
        if let byte = bytes.first, !Self.endsField(byte) {
            throw CSVError(line: line, reason: "text follows a closing quote")
        }
        return try text(content)
    }

    private mutating func add(_ byte: UInt8, to content: inout [UInt8]) throws(CSVError) {
        guard size < Self.sizeLimit else {
            throw CSVError(line: line, reason: "a row is longer than \(Self.sizeLimit >> 20) MiB")
        }
        size += 1
        content.append(byte)
    }

    private func text(_ bytes: [UInt8]) throws(CSVError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CSVError(line: line, reason: "is not UTF-8 text")
        }
        return text
    }

    /// Takes LF, CR LF or CR, if one comes next.
    private mutating func takeLineBreak() -> [UInt8]? {
        let (carriageReturn, lineFeed) = (UInt8(ascii: "\r"), UInt8(ascii: "\n"))
        let isReturn = bytes.skip(carriageReturn)
        let isFeed = bytes.skip(lineFeed)
        guard isReturn || isFeed else { return nil }
        line += 1
        return (isReturn ? [carriageReturn] : []) + (isFeed ? [lineFeed] : [])
    }

    private static func endsField(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
    }
}
