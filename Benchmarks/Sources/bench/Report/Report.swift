import FoundationEssentials
import Glibc

/// All that a run found out, as text for people and as JSON.
struct Report: Encodable {
    /// Figures that belong together.
    struct Section: Encodable {
        let title: String
        var figures: [Figure]
    }

    var machine: String
    var versions: String
    var load: String
    var commands: [String] = []
    var sections: [Section] = []
    var stages: [StageCosts] = []
    var seconds = 0.0

    /// Adds a section and prints it at once, so that whoever waits sees something.
    mutating func add(_ title: String, _ figures: [Figure]) {
        let section = Section(title: title, figures: figures)
        sections.append(section)
        print(Self.text(of: section), terminator: "\n\n")
        fflush(nil)
    }

    var missed: [Figure] { sections.flatMap(\.figures).filter { $0.isMet == false } }

    /// The whole as a block for a README.
    var text: String {
        let parts = [head] + sections.map { Self.text(of: $0) } + [stageTable, commandList]
        return parts.joined(separator: "\n\n") + "\n"
    }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    }

    var head: String { "\(machine)\n\(versions)\n\(load)" }

    private var commandList: String { "commands\n" + commands.map { "  \($0)" }.joined(separator: "\n") }

    private static func text(of section: Section) -> String {
        let rows = section.figures.map { figure in
            [
                "  \(figure.name)", Figure.text(figure.value), figure.unit, figure.target?.text ?? "",
                figure.isMet.map { $0 ? "met" : "MISSED" } ?? "", figure.note.map { "(\($0))" } ?? "",
            ]
        }
        return "\(section.title)\n" + table(rows, widths: [52, 9, 9, 9, 6, 0], right: [1])
    }

    /// Processor time by stage, one line for each load.
    var stageTable: String {
        let head = ["  µs of processor per event"] + StageCosts.columns + ["sum", "others"]
        let rows = stages.map { costs in
            let values = StageCosts.columns.map { costs.microseconds[$0] ?? 0 }
            let oliver = values.dropLast().reduce(0, +)
            return ["  \(costs.name)"] + values.map(Figure.text)
                + [Figure.text(oliver), "\(Int((costs.foreignShare * 100).rounded())) %"]
        }
        let widths = [40] + StageCosts.columns.map { max(7, $0.count) } + [7, 6]
        let title = "Where the time goes (sum: without the load; others: the machine's share that strangers took)"
        return "\(title)\n" + Self.table([head] + rows, widths: widths, right: Set(1..<widths.count))
    }

    private static func table(_ rows: [[String]], widths: [Int], right: Set<Int>) -> String {
        rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let space = String(repeating: " ", count: max(0, widths[column] - cell.count))
                line += (right.contains(column) ? space + cell : cell + space) + "  "
            }
            while line.last == " " { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }
}
