internal import Domain
internal import ServiceRuntime

/// A provider's bill beside the ledger.
struct InvoiceComparison: Sendable {
    /// One line.
    struct Row: Equatable, Sendable {
        /// The dimension's value, empty for what has none; `nil` for all together.
        let key: String?
        let ledger: MoneySum
        let invoice: MoneySum

        /// What the bill is more than the ledger.
        var difference: MoneySum { invoice.less(ledger) }

        /// The difference in per cent of the bill, rounded half to even to two decimals; `nil` when the bill is zero.
        var percentage: String? {
            let base = invoice.picoDollars
            guard base != 0 else { return nil }
            let signed = base > 0 ? difference.picoDollars : -difference.picoDollars
            let hundredths = DecimalText.divideHalfToEven(signed * 10_000, by: Int128(base.magnitude))
            return DecimalText.format(hundredths, scale: 2)
        }

        func isEqual(within tolerance: MoneySum) -> Bool {
            difference.picoDollars.magnitude <= tolerance.picoDollars.magnitude
        }
    }

    let dimension: InvoiceDimension
    /// The largest difference first; empty when the bill says the total only.
    let rows: [Row]
    let total: Row
    private let tolerance: MoneySum

    /// Lays a bill beside a report of the same time and provider.
    ///
    /// `tolerance` is what each line, and the total, may differ by.
    ///
    /// - Throws: ``InvoiceTooLong`` when the report does not show all of its rows.
    init(
        _ invoice: Invoice,
        ledger: BreakdownAnswer,
        by dimension: InvoiceDimension,
        tolerance: MoneySum
    ) throws(InvoiceTooLong) {
        self.dimension = dimension
        self.tolerance = tolerance
        total = Row(key: nil, ledger: ledger.total.costUSD, invoice: invoice.total)
        guard let billed = invoice.amounts else {
            rows = []
            return
        }
        guard ledger.other == nil else { throw InvoiceTooLong() }
        var recorded: [String: MoneySum] = [:]
        for row in ledger.rows { recorded[row.key ?? "", default: .zero] += row.costUSD }
        rows = Set(recorded.keys).union(billed.keys).map { key in
            Row(key: key, ledger: recorded[key] ?? .zero, invoice: billed[key] ?? .zero)
        }.sorted { left, right in
            let (a, b) = (left.difference.picoDollars.magnitude, right.difference.picoDollars.magnitude)
            return a == b ? (left.key ?? "") < (right.key ?? "") : a > b
        }
    }

    /// Whether every line and the total are the same within the tolerance.
    var isEqual: Bool { (rows + [total]).allSatisfy { $0.isEqual(within: tolerance) } }

    /// The lines whose differences, added to the ledger, make it say what the bill says.
    var adjustments: [Row] {
        (rows.isEmpty ? [total] : rows).filter { $0.difference != .zero }
    }

    /// A table for a terminal.
    var table: String {
        let header = [dimension.rawValue.uppercased(), "LEDGER USD", "INVOICE USD", "DIFFERENCE", "%", ""]
        let lines = (rows + [total]).map { row in
            [
                row.key.map { $0.isEmpty ? "(none)" : $0 } ?? "total", row.ledger.shown, row.invoice.shown,
                row.difference.signed, row.percentage ?? "-", row.isEqual(within: tolerance) ? "" : "differs",
            ]
        }
        let verdict =
            isEqual
            ? "Invoice and ledger are the same within \(tolerance.shown) USD a line."
            : "Invoice and ledger differ by more than \(tolerance.shown) USD in the lines marked so."
        return "\(TextTable([header] + lines).text)\n\(verdict)"
    }

    /// Writes the comparison as a member `comparison`.
    func write(to writer: inout JSONWriter) {
        writer.key("comparison")
        writer.beginObject()
        writer.member("by", dimension.rawValue)
        writer.key("equal")
        writer.bool(isEqual)
        writer.member("tolerance_usd", tolerance.usd)
        writer.key("rows")
        writer.beginArray()
        for row in rows { write(row, to: &writer) }
        writer.endArray()
        writer.key("total")
        write(total, to: &writer)
        writer.endObject()
    }

    private func write(_ row: Row, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.given("key", row.key)
        writer.member("ledger_usd", row.ledger.usd)
        writer.member("invoice_usd", row.invoice.usd)
        writer.member("difference_usd", row.difference.usd)
        writer.given("difference_percent", row.percentage)
        writer.endObject()
    }
}

/// A report has more rows than one answer shows.
struct InvoiceTooLong: Error, CustomStringConvertible {
    var description: String {
        "The ledger has more than 1,000 values in this time: compare the total only, with a file that has the column total."
    }
}
