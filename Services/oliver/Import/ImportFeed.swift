internal import ServiceRuntime
internal import Wire

/// An event on its way, and where in the file it comes from.
struct ImportItem {
    let place: Int
    /// The event, or why the record is none.
    let event: Result<JSONValue, ImportError>
}

/// The events of a file, in batches.
struct ImportFeed {
    private var records: ImportRecords
    private let format: ImportFormat?
    private let mapping: ImportMapping?
    private let workspace: String?
    /// How often each record without an id was there before, by a part of its hash: two records that share it by chance
    /// still get two ids.
    private var seen: [UInt64: Int32] = [:]
    /// Records without an id at most; they take about 30 bytes each.
    private static let seenLimit = 1 << 24

    /// Records that were read so far.
    private(set) var read = 0

    /// - Throws: ``ImportError`` for a table with a column of which nobody says what becomes of it.
    init(
        _ records: ImportRecords,
        format: ImportFormat?,
        mapping: ImportMapping?,
        ignoring ignored: Set<String> = [],
        workspace: String?
    ) throws(ImportError) {
        self.format = format
        self.workspace = workspace
        // A table without a mapping says by its columns what it holds; LiteLLM's has columns of its own.
        let isTable = !records.columns.isEmpty
        self.mapping = mapping ?? (isTable ? ImportMapping(columns: records.columns) : nil)
        self.records = records
        let header = JSONValue.object(records.columns.map { JSONValue.Member($0, "") })
        if isTable, (format ?? ImportFormat(of: header)) == .events {
            try self.mapping?.check(columns: records.columns, ignoring: ignored)
        } else if let name = ignored.sorted().first {
            throw ImportError("There is no column '\(name)' to ignore: only tables of events have columns.")
        }
    }

    /// The items of the next records, whole ones; empty at the end.
    mutating func next(_ limit: Int) throws(ImportError) -> [ImportItem] {
        var items: [ImportItem] = []
        while items.count < limit, let record = try records.next() {
            read += 1
            switch record.value {
            case .failure(let error): items.append(ImportItem(place: record.place, event: .failure(error)))
            case .success(let value):
                items += try events(of: value).map { ImportItem(place: record.place, event: $0) }
            }
        }
        return items
    }

    /// Passes over records that a start before has done.
    mutating func skip(_ count: Int) throws(ImportError) {
        while read < count, let record = try records.next() {
            read += 1
            if case .success(let value) = record.value { _ = try events(of: value) }
        }
    }

    /// A record's events, each with an id that the same file always gives it: its own, or one made of the record and
    /// how often an equal one came before.
    private mutating func events(of record: JSONValue) throws(ImportError) -> [Result<JSONValue, ImportError>] {
        guard case .object = record else { return [.failure(ImportError("is no object"))] }
        let events = (format ?? ImportFormat(of: record)).events(of: record, mapping: mapping)
        var name: String?
        if events.contains(where: { $0["event_id"] == nil && $0["occurred_at"] != nil }) {
            name = try self.name(of: record)
        }
        return events.enumerated().map { index, event in
            guard case .object(var members) = event else { return .failure(ImportError("is no object")) }
            guard event["occurred_at"] != nil else { return .failure(ImportError("does not say when: occurred_at")) }
            if event["event_id"] == nil, let name {
                members.removeAll { $0.name == "event_id" }
                members.append(JSONValue.Member("event_id", .string("import:\(name)\(index == 0 ? "" : ".\(index)")")))
            }
            if let workspace, event["workspace"] == nil {
                members.append(JSONValue.Member("workspace", .string(workspace)))
            }
            return .success(.object(members))
        }
    }

    private mutating func name(of record: JSONValue) throws(ImportError) -> String {
        let text = String(decoding: record.bytes, as: UTF8.self)
        let equal = EventIDHash(workspace: text, eventID: "").bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        let before = seen[equal, default: 0]
        guard before > 0 || seen.count < Self.seenLimit else {
            throw ImportError("More than \(Self.seenLimit) records have no id of their own: split the file.")
        }
        seen[equal] = before + 1
        return EventIDHash(workspace: text, eventID: "\(before)").bytes.hex
    }
}

extension Sequence<UInt8> {
    /// Two hexadecimal digits for each byte.
    var hex: String {
        map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
