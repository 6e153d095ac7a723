/// Why a price map could not be read.
package struct PriceBookError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of failure.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case malformed
            case empty
            case tooDeep = "too_deep"
            case unusable
        }

        private let value: Value

        /// The bytes are not the JSON that a price map is.
        package static let malformed = Code(value: .malformed)
        /// The map holds no price entry.
        package static let empty = Code(value: .empty)
        /// The JSON is nested deeper than any price map.
        package static let tooDeep = Code(value: .tooDeep)

        /// A field of one model's prices says something that cannot be used.
        package static let unusable = Code(value: .unusable)

        package var description: String { value.rawValue }
    }

    package var code: Code
    /// What was expected, and at which byte or in which field.
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Whether the same bytes could be read at another time: never.
    package var isRetriable: Bool { false }

    package var description: String { "\(code): \(message)" }
}
