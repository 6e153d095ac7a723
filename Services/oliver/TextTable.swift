/// Columns of text as wide as they need to be; numbers stand right.
struct TextTable {
    private let rows: [[String]]
    private let numbersStandRight: Bool

    /// The first row is the header.
    init(_ rows: [[String]]) {
        self.rows = rows
        numbersStandRight = true
    }

    /// Each row is a name and its value, which may be anything.
    init(facts: [[String]]) {
        rows = facts
        numbersStandRight = false
    }

    var text: String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            row.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                let isNumber = numbersStandRight && cell.drop { "+-".contains($0) }.first?.isNumber == true
                return isNumber ? space + cell : cell + space
            }.joined(separator: "  ").trimmingTrailingSpaces
        }.joined(separator: "\n")
    }
}

extension String {
    fileprivate var trimmingTrailingSpaces: String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
