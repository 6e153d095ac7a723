internal import Glibc
internal import ServiceRuntime
internal import Wire

/// The records of a file, in their order: rows of a table, lines of JSON, or elements of one JSON array.
struct ImportRecords {
    /// How a file is written.
    enum Syntax {
        case csv, lines, document

        /// By the file's name, else by how it begins.
        init(path: String, bytes: [UInt8]) {
            let name = path.lowercased()
            let first = bytes.first { !" \n\r\t\u{FEFF}".utf8.contains($0) }
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

    private enum Source {
        case csv(CSVReader)
        case lines([UInt8], next: Int, line: Int)
        case elements([JSONValue], next: Int)
        case ended
    }

    /// - Throws: ``ImportError`` for a file that cannot be read at all.
    init(_ bytes: [UInt8], _ syntax: Syntax) throws(ImportError) {
        switch syntax {
        case .csv:
            var reader = CSVReader(bytes)
            do {
                columns = try reader.next()?.fields ?? []
            } catch {
                throw ImportError("\(error)")
            }
            source = .csv(reader)
        case .lines: source = .lines(bytes, next: 0, line: 1)
        case .document:
            do {
                source = .elements(Self.elements(of: try JSONValue(parsing: bytes)), next: 0)
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
    mutating func next() -> Record? {
        switch source {
        case .ended: return nil
        case .csv(var reader): return nextRow(&reader)
        case .lines(let bytes, let start, let line): return nextLine(bytes, start, line)
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

    private mutating func nextLine(_ bytes: [UInt8], _ start: Int, _ line: Int) -> Record? {
        var (start, line) = (start, line)
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            let text = bytes[start..<end]
            (start, line) = (end + 1, line + 1)
            guard text.contains(where: { $0 > 0x20 }) else { continue }
            source = .lines(bytes, next: start, line: line)
            do {
                return Record(place: line - 1, value: .success(try JSONValue(parsing: Array(text))))
            } catch {
                return Record(place: line - 1, value: .failure(ImportError("is no JSON: \(error.reason)")))
            }
        }
        source = .ended
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

extension ImportRecords {
    /// Bytes of a file at most: it is held in memory.
    static let fileLimit = 1 << 30

    /// The bytes of a file.
    static func bytes(of path: String) throws(ImportError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(path) }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw unreadable(path) }
            if count == 0 { return content }
            content.append(contentsOf: chunk[..<count])
            guard content.count <= fileLimit else { throw ImportError("\(path) is larger than 1 GiB: split it.") }
        }
    }

    private static func unreadable(_ path: String) -> ImportError {
        ImportError("\(path) cannot be read: \(strerror(errno).map { String(cString: $0) } ?? "error").")
    }
}
