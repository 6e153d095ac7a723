package import Hummingbird

/// What a list was asked for: filters by name, a limit and a cursor.
package struct ListRequest {
    private let values: [String: String]
    /// Items of the answer at most.
    package let limit: Int
    /// Where the page before ended.
    package let after: String?

    /// Reads a request's query, which may name nothing else.
    ///
    /// - Throws: A 422 problem that names each wrong parameter.
    package init(_ request: Request, filters: Set<String>, limits: ClosedRange<Int> = 1...1_000) throws(Problem) {
        var faults: [InvalidParameter] = []
        var values: [String: String] = [:]
        for (name, value) in request.query {
            if !filters.contains(name), name != "limit", name != "after" {
                let detail = "is no parameter of this list"
                faults.append(InvalidParameter(String(name.prefix(64)), code: "unknown_parameter", detail: detail))
            } else if value.utf8.count > 512 || value.utf8.contains(0) {
                faults.append(InvalidParameter(name, code: "out_of_range", detail: "must have at most 512 bytes"))
            } else {
                values[name] = value
            }
        }
        var limit = min(100, limits.upperBound)
        if let text = values["limit"] {
            if let number = Int(text), limits.contains(number) {
                limit = number
            } else {
                let detail = "must be a whole number from \(limits.lowerBound) to \(limits.upperBound)"
                faults.append(InvalidParameter("limit", code: "out_of_range", detail: detail))
            }
        }
        guard faults.isEmpty else { throw .invalid(faults) }
        self.limit = limit
        after = values["after"]
        self.values = values
    }

    /// A filter's value; nil when it is absent or empty.
    package subscript(name: String) -> String? {
        values[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// A filter that is one of some words.
    package func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String,
        of type: Choice.Type
    ) throws(Problem) -> Choice? where Choice.RawValue == String {
        guard let text = self[name] else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalid(name, code: "unknown_value", detail: "must be one of \(words)")
        }
        return choice
    }

    /// The cursor as an id.
    package func idBefore() throws(Problem) -> Int64? {
        guard let after else { return nil }
        guard let id = Int64(after), id > 0 else { throw Self.badCursor }
        return id
    }

    /// The cursor of a list that is ordered by age.
    package func place() throws(Problem) -> AgeCursor? {
        guard let after else { return nil }
        guard let place = AgeCursor(after) else { throw Self.badCursor }
        return place
    }

    /// The problem of a cursor that is none of ours.
    package static let badCursor = Problem.invalid(
        "after",
        code: "invalid_format",
        detail: "must be the 'next' of the page before"
    )
}
