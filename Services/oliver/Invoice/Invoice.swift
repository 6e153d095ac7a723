internal import Domain
internal import Glibc

/// A dimension that a bill's lines may be about, as columns and reports name it.
enum InvoiceDimension: String, CaseIterable, Sendable {
    case model, team, project, user
    case sourceApp = "source_app"
}

/// What a provider bills, read from a table.
struct Invoice: Equatable, Sendable {
    /// The amounts by the dimension's value, empty for lines without one; `nil` when the table has the total only.
    let amounts: [String: MoneySum]?
    let total: MoneySum

    /// Bytes of a file at most.
    private static let fileLimit = 32 << 20
    /// The largest amount of one line, in USD.
    private static let amountLimit = MoneySum(picoDollars: 1_000_000_000_000_000_000_000_000)

    /// Reads a table with a header.
    ///
    /// Its columns are the dimension and `amount_usd`; others are ignored. One that has only `total`, or only
    /// `amount_usd`, says what all together costs.
    ///
    /// - Throws: ``CSVError`` with the line.
    init(csv bytes: [UInt8], by dimension: InvoiceDimension) throws(CSVError) {
        let rows = try CSVReader.rows(of: bytes)
        guard let header = rows.first else { throw CSVError(line: 1, reason: "the file is empty") }
        let columns = try InvoiceColumns(header, dimension)
        var amounts: [String: MoneySum] = [:]
        var total = MoneySum.zero
        for row in rows.dropFirst() {
            let (key, amount) = try columns.read(row)
            guard amount.picoDollars.magnitude <= Self.amountLimit.picoDollars.magnitude else {
                throw CSVError(line: row.line, reason: "an amount is beyond \(Self.amountLimit.shown) USD")
            }
            amounts[key, default: .zero] += amount
            total += amount
        }
        guard rows.count > 1 else { throw CSVError(line: header.line, reason: "there are no lines behind the header") }
        self.amounts = columns.hasKey ? amounts : nil
        self.total = total
    }

    /// Reads a file.
    ///
    /// - Throws: ``InvoiceFileError``, which names the file.
    static func read(_ path: String, by dimension: InvoiceDimension) throws(InvoiceFileError) -> Invoice {
        do {
            return try Invoice(csv: try bytes(of: path), by: dimension)
        } catch let error as InvoiceFileError {
            throw error
        } catch {
            throw InvoiceFileError(description: "\(path), \(error)")
        }
    }

    private static func bytes(of path: String) throws(InvoiceFileError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(path) }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .unreadable(path) }
            if count == 0 { return content }
            content.append(contentsOf: chunk[..<count])
            guard content.count <= fileLimit else {
                throw InvoiceFileError(description: "\(path) has more than \(fileLimit) bytes")
            }
        }
    }
}

/// Why a file is no bill.
struct InvoiceFileError: Error, CustomStringConvertible {
    let description: String

    static func unreadable(_ path: String) -> InvoiceFileError {
        InvoiceFileError(
            description: "\(path) cannot be read: \(strerror(errno).map { String(cString: $0) } ?? "error")"
        )
    }
}

/// Where a bill's table has what.
private struct InvoiceColumns {
    private let count: Int
    private let key: Int?
    private let amount: Int
    private let amountName: String

    var hasKey: Bool { key != nil }

    init(_ header: CSVReader.Row, _ dimension: InvoiceDimension) throws(CSVError) {
        let names = header.fields.map { $0.trimmed.lowercased() }
        for name in [dimension.rawValue, "amount_usd", "total"] where names.filter({ $0 == name }).count > 1 {
            throw CSVError(line: header.line, reason: "the column \(name) is there twice")
        }
        count = names.count
        key = names.firstIndex(of: dimension.rawValue)
        let amount = names.firstIndex(of: "amount_usd")
        guard let found = amount ?? (key == nil ? names.firstIndex(of: "total") : nil) else {
            throw CSVError(
                line: header.line,
                reason: "the header must name the columns \(dimension.rawValue) and amount_usd, or total"
            )
        }
        self.amount = found
        amountName = names[found]
    }

    func read(_ row: CSVReader.Row) throws(CSVError) -> (key: String, amount: MoneySum) {
        guard row.fields.count == count else {
            throw CSVError(line: row.line, reason: "has \(row.fields.count) fields where the header has \(count)")
        }
        let text = row.fields[amount].trimmed
        guard let sum = MoneySum(usd: text) else {
            throw CSVError(
                line: row.line,
                reason: "\(amountName) is '\(text.prefix(40))', not a number of USD like 1234.50, at most 12 decimals"
            )
        }
        return (key.map { row.fields[$0].trimmed } ?? "", sum)
    }
}

extension String {
    fileprivate var trimmed: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
