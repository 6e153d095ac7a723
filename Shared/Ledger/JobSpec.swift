internal import Domain
internal import FoundationEssentials

/// What a job is about, as the column `spec` keeps it.
struct JobSpec: Hashable, Codable {
    private struct Filter: Hashable, Codable {
        var dimension: String
        var values: [String]
    }

    private var workspaces: [String]?
    private var from: Int64
    private var to: Int64
    private var filters: [Filter]
    private var unpricedOnly: Bool
    private(set) var parameters: [String: String]

    init(_ request: LedgerJobRequest) {
        workspaces = request.query.workspaces
        from = request.query.from.microseconds
        to = request.query.to.microseconds
        filters = request.query.filters.map { Filter(dimension: $0.dimension.name, values: $0.values) }
        unpricedOnly = request.query.unpricedOnly
        parameters = request.parameters
    }

    /// The column's text.
    ///
    /// - Throws: `LedgerError` with code `invalidQuery` when it is too long.
    func text() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let bytes = try encoder.encode(self)
        let texts = parameters.flatMap { [$0.key, $0.value] } + filters.flatMap { [$0.dimension] + $0.values }
        guard bytes.count <= 65_536, !texts.contains(where: { $0.utf8.contains(0) }) else {
            throw LedgerError(.invalidQuery, "a job's filters and parameters have at most 64 KiB and no NUL")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Reads the column.
    static func read(_ text: String) throws -> JobSpec {
        do {
            return try JSONDecoder().decode(JobSpec.self, from: Data(text.utf8))
        } catch {
            throw LedgerError(.corruptRow, "what a job is about cannot be read")
        }
    }

    func query() throws -> LedgerScanQuery {
        LedgerScanQuery(
            workspaces: workspaces,
            from: Timestamp(microseconds: from),
            to: Timestamp(microseconds: to),
            filters: try filters.map { filter in
                guard let dimension = LedgerDimension(name: filter.dimension) else {
                    throw LedgerError(.corruptRow, "a job filters by what this version does not know")
                }
                return LedgerFilter(dimension, filter.values)
            },
            unpricedOnly: unpricedOnly
        )
    }
}

extension [ManualAdjustment] {
    /// Tells the contents of one request from those of another (FNV-1a, 64 bits): no secret, no protection.
    var digest: String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func add(_ text: String?) {
            for byte in text?.utf8.map(\.self) ?? [1] { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
            hash = hash &* 0x100_0000_01b3
        }
        for item in self {
            add(String(item.occurredAt.microseconds))
            add(String(item.amount.picoDollars))
            for text in [item.provider, item.model, item.team, item.project, item.user, item.sourceApp] { add(text) }
            for tag in item.tags { for text in [tag.key, tag.value] { add(text) } }
            for text in [item.workspace, item.reference] { add(text) }
        }
        return "\(count):" + String(hash, radix: 16)
    }
}
