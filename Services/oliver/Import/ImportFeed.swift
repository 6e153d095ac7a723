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
    /// How often each record was there before, by its hash.
    private var seen: [EventIDHash: Int] = [:]

    /// Records that were read so far.
    private(set) var read = 0

    init(_ records: ImportRecords, format: ImportFormat?, mapping: ImportMapping?, workspace: String?) {
        self.format = format
        self.workspace = workspace
        // A table without a mapping says by its columns what it holds; LiteLLM's has columns of its own.
        let isTable = !records.columns.isEmpty
        self.mapping = mapping ?? (isTable ? ImportMapping(columns: records.columns) : nil)
        self.records = records
    }

    /// The items of the next records, whole ones; empty at the end.
    mutating func next(_ limit: Int) -> [ImportItem] {
        var items: [ImportItem] = []
        while items.count < limit, let record = records.next() {
            read += 1
            switch record.value {
            case .failure(let error): items.append(ImportItem(place: record.place, event: .failure(error)))
            case .success(let value): items += events(of: value).map { ImportItem(place: record.place, event: $0) }
            }
        }
        return items
    }

    /// Passes over records that a start before has done.
    mutating func skip(_ count: Int) {
        while read < count, let record = records.next() {
            read += 1
            if case .success(let value) = record.value { _ = events(of: value) }
        }
    }

    /// A record's events, each with an id that the same file always gives it: its own, or one made of the record and
    /// how often an equal one came before.
    private mutating func events(of record: JSONValue) -> [Result<JSONValue, ImportError>] {
        guard case .object = record else { return [.failure(ImportError("is no object"))] }
        let events = (format ?? ImportFormat(of: record)).events(of: record, mapping: mapping)
        var hash: String?
        return events.enumerated().map { index, event in
            guard case .object(var members) = event else { return .failure(ImportError("is no object")) }
            guard event["occurred_at"] != nil else { return .failure(ImportError("does not say when: occurred_at")) }
            if event["event_id"] == nil {
                let name = hash ?? self.name(of: record)
                hash = name
                members.removeAll { $0.name == "event_id" }
                members.append(JSONValue.Member("event_id", .string("import:\(name)\(index == 0 ? "" : ".\(index)")")))
            }
            if let workspace, event["workspace"] == nil {
                members.append(JSONValue.Member("workspace", .string(workspace)))
            }
            return .success(.object(members))
        }
    }

    private mutating func name(of record: JSONValue) -> String {
        let text = String(decoding: record.bytes, as: UTF8.self)
        let equal = EventIDHash(workspace: text, eventID: "")
        let before = seen[equal, default: 0]
        seen[equal] = before + 1
        return EventIDHash(workspace: text, eventID: "\(before)").hex
    }
}

extension EventIDHash {
    /// 32 hexadecimal digits.
    var hex: String {
        bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
