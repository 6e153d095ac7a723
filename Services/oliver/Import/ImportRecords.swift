internal import ServiceRuntime
internal import Wire

/// The records of a file, in their order: rows of a table, lines of JSON, or elements of one JSON array.
///
/// Tables and lines are read as they are asked for, a document as a whole.
struct ImportRecords {
    /// How a file is written.
    enum Syntax {
        case csv, lines, document

        /// By the file's name, without the ending of gzip, else by the first byte that is no white space.
        init(path: String, first: UInt8?) {
            let lower = path.lowercased()
            let name = lower.hasSuffix(".gz") ? String(lower.dropLast(3)) : lower
            if name.hasSuffix(".csv") {
                self = .csv
            } else if name.hasSuffix(".jsonl") || name.hasSuffix(".ndjson") {
                self = .lines
            } else if first == UInt8(ascii: "[") || name.hasSuffix(".json") {
                self = .document
            } else {
                self = first == UInt8(ascii: "{") ? .lines : .csv
            }
        }
    }

    /// A record, or why it is none.
    struct Record {
        /// The line on which it begins, or the number of the element, from 1.
        let place: Int
        let value: Result<JSONValue, ImportError>
    }

    /// The names of a table's columns.
    private(set) var columns: [String] = []
    private var source: Source
    private let file: ImportFile?

    /// Bytes of a line of JSON at most.
    private static let lineLimit = 16 << 20
    /// Bytes of a document at most, which is held in memory.
    private static let documentLimit = 128 << 20

    private enum Source {
        case csv(CSVReader)
        case lines(ByteStream, line: Int)
        case elements([JSONValue], next: Int)
        case ended
    }

    /// The records of a file.
    ///
    /// - Throws: ``ImportError`` for a file that cannot be read at all.
    init(path: String) throws(ImportError) {
        let file = try ImportFile(path)
        let bytes = ByteStream(refill: file.next)
        try self.init(bytes, Syntax(path: path, first: bytes.firstVisible), of: file)
    }

    init(_ bytes: ByteStream, _ syntax: Syntax, of file: ImportFile? = nil) throws(ImportError) {
        self.file = file
        var bytes = bytes
        switch syntax {
        case .csv:
            var reader = CSVReader(bytes)
            do {
                columns = try reader.next()?.fields ?? []
            } catch {
                throw ImportError("\(error)")
            }
            source = .csv(reader)
        case .lines: source = .lines(bytes, line: 1)
        case .document:
            guard let content = bytes.rest(limit: Self.documentLimit) else {
                throw ImportError(
                    "The file is one JSON document of more than \(Self.documentLimit >> 20) MiB. Write one object a line."
                )
            }
            do {
                source = .elements(Self.elements(of: try JSONValue(parsing: content)), next: 0)
            } catch {
                throw ImportError("The file is no JSON: at byte \(error.offset) \(error.reason).")
            }
        }
    }

    /// A page of a provider's API holds its list in `data`, an export may hold it in `events`.
    private static func elements(of document: JSONValue) -> [JSONValue] {
        // Several pages one after the other.
        if let list = document.list { return list.flatMap { $0["data"]?.list ?? [$0] } }
        return document["data"]?.list ?? document["events"]?.list ?? [document]
    }

    /// The next record; nil at the end.
    ///
    /// - Throws: ``ImportError`` when the file cannot be read on.
    mutating func next() throws(ImportError) -> Record? {
        let record = nextOfSource()
        if let failure = file?.failure { throw failure }
        return record
    }

    private mutating func nextOfSource() -> Record? {
        switch source {
        case .ended: return nil
        case .csv(var reader): return nextRow(&reader)
        case .lines(let bytes, let line): return nextLine(bytes, line)
        case .elements(let elements, let index):
            guard index < elements.count else { return nil }
            source = .elements(elements, next: index + 1)
            return Record(place: index + 1, value: .success(elements[index]))
        }
    }

    private mutating func nextRow(_ reader: inout CSVReader) -> Record? {
        source = .ended
        do {
            guard let row = try reader.next() else { return nil }
            source = .csv(reader)
            guard row.fields.count == columns.count else {
                let problem = ImportError("has \(row.fields.count) fields, the header \(columns.count)")
                return Record(place: row.line, value: .failure(problem))
            }
            let members = zip(columns, row.fields).map { JSONValue.Member($0, .string($1)) }
            return Record(place: row.line, value: .success(.object(members)))
        } catch {
            // What follows a broken quote cannot be told apart.
            return Record(place: error.line, value: .failure(ImportError("\(error.reason); nothing behind it is read")))
        }
    }

    private mutating func nextLine(_ bytes: ByteStream, _ line: Int) -> Record? {
        source = .ended
        var (bytes, line) = (bytes, line)
        while let text = bytes.line(limit: Self.lineLimit) {
            line += 1
            guard text.bytes.contains(where: { $0 > 0x20 }) else { continue }
            source = .lines(bytes, line: line)
            guard !text.isCut else {
                let problem = ImportError("is longer than \(Self.lineLimit >> 20) MiB")
                return Record(place: line - 1, value: .failure(problem))
            }
            do {
                return Record(place: line - 1, value: .success(try JSONValue(parsing: text.bytes)))
            } catch {
                return Record(place: line - 1, value: .failure(ImportError("is no JSON: \(error.reason)")))
            }
        }
        return nil
    }
}

/// Why a file or one of its records cannot be imported.
struct ImportError: Error, Equatable, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
