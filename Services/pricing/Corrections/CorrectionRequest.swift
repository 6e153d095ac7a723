internal import Domain
internal import Ledger
internal import PriceBook
internal import ServiceRuntime

/// The body of `POST /v1/reprice`, read and checked.
struct RepriceRequest {
    let workspace: String?
    let query: LedgerScanQuery
    let reason: String?
    let key: String?
    let author: String?
    let isApplied: Bool

    private static let members: Set<String> = [
        "workspace", "from", "to", "filters", "reason", "key", "author", "apply",
    ]

    /// Reads a body.
    ///
    /// - Throws: A 422 problem that names each field at fault.
    init(_ body: JSONValue) throws(Problem) {
        var fields = FieldReader(body, known: Self.members)
        workspace = fields.name("workspace")
        let from = fields.time("from")
        let to = fields.time("to")
        if from == nil, body["from"] == nil { fields.fault("from", "required", "is missing") }
        if to == nil, body["to"] == nil { fields.fault("to", "required", "is missing") }
        if let from, let to, from >= to { fields.fault("from", "out_of_range", "must be before 'to'") }
        let filters = fields.filters("filters")
        isApplied = fields.flag("apply") ?? false
        reason = isApplied ? fields.required("reason", limit: 1_000) : fields.name("reason", limit: 1_000)
        key = fields.name("key", limit: 200)
        author = fields.name("author")
        guard fields.faults.isEmpty, let from, let to else { throw .invalid(fields.faults) }
        query = LedgerScanQuery(from: from, to: to, filters: filters)
    }

    /// The job's key when the request names none: the same request at the same prices is the same job.
    func standardKey(bookVersion: Int64) -> String {
        let filters = query.filters.map { "\($0.dimension.name)=\($0.values.joined(separator: "\u{1F}"))" }.sorted()
        let parts = [workspace ?? "", query.from.rfc3339, query.to.rfc3339, reason ?? ""] + filters
        let hash = StableHash.of(parts.joined(separator: "\u{1E}").utf8)
        return "reprice:\(bookVersion):\(String(hash, radix: 16))"
    }
}

/// The body of `POST /v1/adjustments`, read and checked.
struct AdjustmentRequest {
    let workspace: String?
    let reason: String
    let key: String
    let author: String?
    private let items: [ManualAdjustment]

    private static let members: Set<String> = ["workspace", "reason", "key", "author", "items"]
    private static let itemMembers: Set<String> = [
        "occurred_at", "amount_usd", "provider", "model", "team", "project", "user", "source_app", "reference",
    ]

    /// Reads a body.
    ///
    /// - Parameters:
    ///   - body: The JSON value.
    ///   - now: Adjustments belong to the ten years before it, or to the day after.
    /// - Throws: A 422 problem that names each field at fault.
    init(_ body: JSONValue, now: Timestamp) throws(Problem) {
        var fields = FieldReader(body, known: Self.members)
        workspace = fields.name("workspace")
        reason = fields.required("reason", limit: 1_000)
        key = fields.required("key", limit: 200)
        author = fields.name("author")
        var items: [ManualAdjustment] = []
        var faults: [InvalidParameter] = []
        if case .array(let list)? = body["items"], (1...ManualAdjustment.limit).contains(list.count) {
            for (index, item) in list.enumerated() {
                var reader = FieldReader(item, known: Self.itemMembers)
                if let adjustment = Self.adjustment(&reader, now) { items.append(adjustment) }
                faults += reader.faults.map {
                    InvalidParameter("items[\(index)].\($0.name)", code: $0.code, detail: $0.detail)
                }
            }
        } else {
            fields.fault("items", "required", "must be a list of 1 to \(ManualAdjustment.limit) adjustments")
        }
        guard fields.faults.isEmpty, faults.isEmpty else { throw .invalid(fields.faults + faults) }
        self.items = items
    }

    /// The adjustments of a workspace.
    func adjustments(of workspace: String) -> [ManualAdjustment] {
        items.map { item in
            var item = item
            item.workspace = workspace
            return item
        }
    }

    private static func adjustment(_ fields: inout FieldReader, _ now: Timestamp) -> ManualAdjustment? {
        let text = fields.required("amount_usd", limit: 40)
        let amount = Money(usd: text)
        if amount == nil, !text.isEmpty {
            fields.fault(
                "amount_usd",
                "invalid_format",
                "must be decimal text in USD, like \"-12.50\""
            )
        }
        let time = fields.time("occurred_at")
        if fields["occurred_at"] == nil {
            fields.fault("occurred_at", "required", "must be a moment of the period it belongs to")
        }
        // Every month has a partition of its own: nobody may make thousands of them.
        if let time, !(now.adding(.seconds(-10 * 366 * 86_400))...now.adding(.seconds(86_400))).contains(time) {
            fields.fault("occurred_at", "out_of_range", "must lie in the last ten years")
        }
        guard let amount, let time else { return nil }
        return ManualAdjustment(
            workspace: "",
            occurredAt: time,
            amount: amount,
            provider: fields.name("provider"),
            model: fields.name("model"),
            team: fields.name("team"),
            project: fields.name("project"),
            user: fields.name("user"),
            sourceApp: fields.name("source_app"),
            reference: fields.name("reference")
        )
    }
}

extension FieldReader {
    /// `true` or `false`; nil when it is absent.
    mutating func flag(_ name: String) -> Bool? {
        switch self[name] {
        case nil: return nil
        case .bool(let value): return value
        default:
            fault(name, "type", "must be true or false")
            return nil
        }
    }

    /// An object of dimensions, each with a value or a list of values.
    mutating func filters(_ name: String) -> [LedgerFilter] {
        guard let value = self[name] else { return [] }
        guard case .object(let members) = value, members.count <= 16 else {
            fault(name, "type", "must be an object of at most 16 dimensions, like {\"model\": [\"gpt-4o\"]}")
            return []
        }
        return members.compactMap { member in
            let texts: [String?] =
                switch member.value {
                case .string(let text): [text]
                case .array(let list): list.map(\.text)
                default: [nil]
                }
            let values = texts.compactMap(\.self)
            guard let dimension = LedgerDimension(name: member.name), dimension != .workspace,
                values.count == texts.count, (1...100).contains(values.count),
                values.allSatisfy({ $0.utf8.count <= 512 && !$0.utf8.contains(0) })
            else {
                fault("\(name).\(member.name.prefix(64))", "invalid", "must be a dimension with 1 to 100 texts")
                return nil
            }
            return LedgerFilter(dimension, values)
        }
    }
}
