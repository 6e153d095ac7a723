internal import Domain
internal import PriceDesk
internal import ServiceRuntime
internal import Wire

/// Which field of a record becomes which field of an event.
///
/// A mapping file is JSON: `{"columns": {"Prompt tokens": "usage.input_tokens", …}, "constants": {"provider": "openai"}}`.
struct ImportMapping {
    private let columns: [(name: String, path: String)]
    private let constants: [(path: String, value: JSONValue)]

    /// The mapping of a file's own names: those of the API, with quantities, `tags.…` and `custom.…` by themselves.
    init(columns names: [String]) {
        columns = names.compactMap { name in Self.path(of: name).map { (name, $0) } }
        constants = []
    }

    /// - Throws: ``ImportError`` that says what is wrong.
    init(json bytes: [UInt8]) throws(ImportError) {
        let file: JSONValue
        do {
            file = try JSONValue(parsing: bytes)
        } catch {
            throw ImportError("The mapping is no JSON: at byte \(error.offset) \(error.reason).")
        }
        var columns: [(String, String)] = []
        for member in try Self.members(file, "columns") {
            guard let path = member.value.text, Self.path(of: path) == path else {
                throw ImportError("The mapping of \(member.name) must name a field of an event.")
            }
            columns.append((member.name, path))
        }
        var constants: [(String, JSONValue)] = []
        for member in try Self.members(file, "constants") {
            guard Self.path(of: member.name) == member.name else {
                throw ImportError("The mapping's constant \(member.name) is no field of an event.")
            }
            constants.append((member.name, member.value))
        }
        self.columns = columns
        self.constants = constants
    }

    /// Sees to it that no column of a table is passed over: a quantity that is would make the call cheaper.
    ///
    /// - Parameters:
    ///   - names: The table's columns.
    ///   - ignored: Those that are not to be imported.
    /// - Throws: ``ImportError`` that says which column is meant, and by which option it is left out.
    func check(columns names: [String], ignoring ignored: Set<String>) throws(ImportError) {
        let own = Set(columns.map(\.name))
        var seen: Set<String> = []
        for name in names {
            guard seen.insert(name).inserted else { throw ImportError("The table has two columns '\(name)'.") }
        }
        let known = Self.fields.union(Self.quantities).union(own).sorted()
        for name in names where !own.contains(name) && !ignored.contains(name) {
            throw ImportError(
                "The column '\(name)' is no field of an event\(Suggestion.text(for: name, among: known)). "
                    + "Rename it, name its field in a mapping, or leave it out with --ignore '\(name)'."
            )
        }
        for name in own.union(ignored).sorted() where !seen.contains(name) {
            throw ImportError("The table has no column '\(name)'\(Suggestion.text(for: name, among: names)).")
        }
    }

    /// The record's event.
    func event(of record: JSONValue) -> JSONValue {
        var draft = EventDraft()
        for (path, value) in constants { draft.set(path, value) }
        for (name, path) in columns { draft.set(path, Self.value(name, in: record)) }
        return draft.event
    }

    private static func members(_ file: JSONValue, _ name: String) throws(ImportError) -> [JSONValue.Member] {
        guard let value = file[name] else { return [] }
        guard case .object(let members) = value else { throw ImportError("The mapping's \(name) must be an object.") }
        return members
    }

    /// A member by its name, which may lead into objects.
    private static func value(_ name: String, in record: JSONValue) -> JSONValue? {
        if let value = record[name] { return value }
        var found: JSONValue? = record
        for part in name.split(separator: ".") { found = found?[String(part)] }
        return found
    }

    private static let fields: Set<String> = [
        "event_id", "occurred_at", "provider", "model", "operation", "mode", "usage_convention", "raw_usage",
        "service_tier", "size", "quality", "resolution", "search_context_size", "data_residency", "vertex_location",
        "inference_geo", "speed", "workspace", "team", "project", "user", "cost_usd", "latency_ms", "status",
        "trace_id",
    ]
    private static let quantities = Set(UsageQuantity.allCases.map(\.rawValue))

    /// The path of a field of an event; nil for what is none.
    static func path(of name: String) -> String? {
        if fields.contains(name) { return name }
        if quantities.contains(name) { return "usage.\(name)" }
        if name.hasPrefix("usage."), quantities.contains(String(name.dropFirst(6))) { return name }
        for prefix in ["tags.", "custom."] where name.hasPrefix(prefix) && name.count > prefix.count { return name }
        return nil
    }
}
