/// What is wrong with one field of an item, for `invalid_parameters` of a problem answer.
package struct FieldProblem: Error, Hashable, Sendable {
    /// Stable codes that programs can act on.
    package enum Code: String, Sendable {
        case missing
        case invalidType = "invalid_type"
        case invalidFormat = "invalid_format"
        case invalidCharacters = "invalid_characters"
        case duplicateField = "duplicate_field"
        case empty
        case tooLong = "too_long"
        case tooMany = "too_many"
        case negative
        case notInteger = "not_integer"
        case outOfRange = "out_of_range"
        case unknownValue = "unknown_value"
        case notAllowed = "not_allowed"
        case unknownWorkspace = "unknown_workspace"
    }

    /// The field's path, for example `usage.input_tokens`.
    package var name: String
    package var code: Code
    /// One sentence that says what to do.
    package var detail: String

    package init(_ name: String, _ code: Code, _ detail: String) {
        self.name = name
        self.code = code
        self.detail = detail
    }
}
