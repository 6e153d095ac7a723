internal import Domain
internal import Glibc
internal import ServiceRuntime

/// How an import ended.
struct ImportSummary {
    /// What a dry run found.
    struct Prices {
        private(set) var priced = 0
        private(set) var unpriced = 0
        private(set) var cost = MoneySum.zero

        mutating func add(status: String, cost text: String?) {
            if status == "unpriced" { unpriced += 1 } else { priced += 1 }
            if let text, let money = Money(usd: text) { cost += money }
        }
    }

    let progress: ImportProgress
    /// Records that a start before had done.
    let resumedAt: Int
    /// Where the rejected events are listed.
    let report: String?
    /// What the events cost, when it was only a question.
    var prices: Prices?

    var rejected: Int { progress.rejected }

    var text: String {
        var lines: [String] = []
        if resumedAt > 0 { lines.append("Went on behind \(resumedAt) records that were done before.") }
        if let prices {
            lines.append(
                "\(progress.records) records: \(prices.priced) events would cost \(prices.cost.usd) USD, "
                    + "\(prices.unpriced) have no price, \(rejected) would be rejected. Nothing was recorded."
            )
        } else {
            lines.append(
                "\(progress.records) records: \(progress.accepted) events accepted, "
                    + "\(progress.duplicates) were there before, \(rejected) rejected."
            )
        }
        if let report { lines.append("The rejected events and their reasons: \(report)") }
        return lines.joined(separator: "\n")
    }

    var json: String {
        let bytes = requestBody { writer in
            writer.member("records", progress.records)
            writer.member("resumed_at", resumedAt)
            writer.member(prices == nil ? "accepted" : "valid", progress.accepted)
            writer.member("duplicates", progress.duplicates)
            writer.member("rejected", rejected)
            writer.given("report", report)
            if let prices {
                writer.member("unpriced", prices.unpriced)
                writer.member("cost_usd", prices.cost.usd)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// The list of rejected events: one JSON object a line.
struct ImportReport {
    private let path: String
    private var size: Int
    private var pending: [UInt8] = []

    /// Continues a report behind so many bytes: what was written beyond was not yet accounted for.
    init(_ path: String, size: Int) throws(ImportError) {
        self.path = path
        self.size = size
        if size == 0 {
            unlink(path)
        } else if truncate(path, off_t(size)) != 0 {
            throw ImportError("The report \(path) of the import so far is gone. Remove \(path) and its .oliver-import.")
        }
    }

    mutating func add(_ item: ImportItem, _ problem: JSONValue?) {
        var members: [JSONValue.Member] = [.init("record", .int(Int64(item.place)))]
        if case .success(let event) = item.event { members.append(.init("event", event)) }
        if let problem { members.append(.init("problem", problem)) }
        pending += JSONValue.object(members).bytes + [UInt8(ascii: "\n")]
    }

    /// Writes what was added, and says how large the report is.
    mutating func flush() throws(ImportError) -> Int {
        guard !pending.isEmpty else { return size }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw ImportError("\(path) cannot be written.") }
        defer { close(descriptor) }
        var start = 0
        while start < pending.count {
            let count = pending[start...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw ImportError("\(path) cannot be written.") }
            start += count
        }
        size += pending.count
        pending = []
        return size
    }
}
