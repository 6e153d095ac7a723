internal import HTTPTypes
internal import ServiceRuntime
internal import Wire

extension Problem {
    /// The problem of an item with faulty fields.
    static func invalidEvent(_ faults: FieldProblems) -> Problem {
        Problem(
            "invalid-event",
            status: .unprocessableContent,
            title: "The event is not valid",
            detail: faults.problems.first.map { "\($0.name.isEmpty ? "event" : $0.name): \($0.detail)" },
            invalidParameters: faults.problems.map {
                InvalidParameter($0.name, code: $0.code.rawValue, detail: $0.detail)
            }
        )
    }

    /// The problem of an NDJSON line that is no JSON.
    static func unreadableLine(_ error: JSONReader.SyntaxError) -> Problem {
        Problem(
            "invalid-json",
            status: .badRequest,
            title: "The line is not valid JSON",
            detail: "At byte \(error.offset) of the body: \(error.reason)."
        )
    }

    /// The problem of what is for a workspace that takes nothing more.
    static let archivedWorkspace = Problem(
        "archived-workspace",
        status: .conflict,
        title: "The workspace is archived",
        detail: "It takes no more events; its reports stay. Restore it to record again."
    )

    /// The problem of an id that was used before with another body.
    static let eventConflict = Problem(
        "conflict",
        status: .conflict,
        title: "The event id was used before",
        detail: "An event with this id and another body was accepted before. A new event needs a new id."
    )
}
