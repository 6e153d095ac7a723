/// Why a table cannot be read, and where.
struct CSVError: Error, Equatable, CustomStringConvertible {
    /// The line in the file, from 1.
    let line: Int
    let reason: String

    var description: String { "line \(line): \(reason)" }
}

/// Reads comma-separated values as RFC 4180 describes them.
///
/// Fields may be quoted, with commas, line breaks and doubled quotes in them; lines may end with LF, CR LF or CR.
struct CSVReader {
    /// One row and the line on which it begins.
    struct Row: Equatable {
        let line: Int
        var fields: [String]
    }

    /// Rows of a file at most.
    static let rowLimit = 200_000

    private let bytes: [UInt8]
    private var index = 0
    private var line = 1

    /// Stands before the first row.
    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        // What some programs put in front of UTF-8.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
    }

    /// All rows but empty ones.
    static func rows(of bytes: [UInt8]) throws(CSVError) -> [Row] {
        var reader = CSVReader(bytes)
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
        while index < bytes.count {
            var row = Row(line: line, fields: [])
            var isQuoted = false
            repeat {
                let next = try field()
                isQuoted = isQuoted || next.isQuoted
                row.fields.append(next.text)
            } while skip(UInt8(ascii: ","))
            if index < bytes.count { skipLineBreak() }
            if row.fields != [""] || isQuoted { return row }
        }
        return nil
    }

    private mutating func field() throws(CSVError) -> (text: String, isQuoted: Bool) {
        if skip(UInt8(ascii: "\"")) { return (try quoted(), true) }
        let start = index
        while index < bytes.count, !Self.endsField(bytes[index]) {
            guard bytes[index] != UInt8(ascii: "\"") else {
                throw CSVError(line: line, reason: "a quote stands within a field that does not begin with one")
            }
            index += 1
        }
        return (try text(Array(bytes[start..<index])), false)
    }

    /// Reads to the closing quote.
    private mutating func quoted() throws(CSVError) -> String {
        let start = line
        var content: [UInt8] = []
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") {
                index += 1
                guard skip(UInt8(ascii: "\"")) else { return try closed(content) }
                content.append(byte)
                continue
            }
            if Self.isLineBreak(byte) {
                content.append(contentsOf: bytes[index..<index + lineBreakLength])
                skipLineBreak()
            } else {
                content.append(byte)
                index += 1
            }
        }
        throw CSVError(line: start, reason: "a quote is not closed")
    }

    private func closed(_ content: [UInt8]) throws(CSVError) -> String {
        guard index == bytes.count || Self.endsField(bytes[index]) else {
            throw CSVError(line: line, reason: "text follows a closing quote")
        }
        return try text(content)
    }

    private func text(_ bytes: [UInt8]) throws(CSVError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CSVError(line: line, reason: "is not UTF-8 text")
        }
        return text
    }

    private var lineBreakLength: Int {
        let isPair =
            bytes[index] == UInt8(ascii: "\r") && index + 1 < bytes.count && bytes[index + 1] == UInt8(ascii: "\n")
        return isPair ? 2 : 1
    }

    private mutating func skipLineBreak() {
        index += lineBreakLength
        line += 1
    }

    private mutating func skip(_ byte: UInt8) -> Bool {
        guard index < bytes.count, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    private static func isLineBreak(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
    }

    private static func endsField(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || isLineBreak(byte)
    }
}
