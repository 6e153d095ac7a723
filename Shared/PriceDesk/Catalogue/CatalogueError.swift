/// What is wrong with one field of a catalogue.
package struct CatalogueProblem: Hashable, Sendable, CustomStringConvertible {
    /// The file, as its user knows it.
    package var file: String
    /// The line of the field, from 1; 0 when the problem is not at a line.
    package var line: Int
    /// The field, for example `models[3].rates.characters`; empty for the whole file.
    package var field: String
    /// What is wrong with it.
    package var message: String

    package init(file: String, line: Int, field: String, message: String) {
        self.file = file
        self.line = line
        self.field = field
        self.message = message
    }

    package var description: String {
        let place = line > 0 ? "\(file):\(line): " : "\(file): "
        return field.isEmpty ? place + message : "\(place)\(field): \(message)"
    }
}

/// Why a catalogue cannot be used: every problem at once, in the order of the file.
package struct CatalogueError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Problems that are told at most; a file that is no catalogue at all would have thousands.
    package static let problemLimit = 100

    package var problems: [CatalogueProblem]

    package init(_ problems: [CatalogueProblem]) {
        self.problems = problems
    }

    /// Whether the same file could be read at another time: only after somebody has changed it.
    package var isRetriable: Bool { false }

    package var description: String {
        problems.map(\.description).joined(separator: "\n")
    }
}
