/// The body of `POST /v1/preflight`: the fields of an event, whose usage or cost is an estimate, and how it is to be held.
package struct PreflightBody: Sendable {
    /// Who and what, with the estimate as its usage or cost.
    package private(set) var event: ReportedEvent
    /// Whether a hold is wanted.
    package private(set) var wantsHold = true
    /// Whether it is only a question, whatever it says of a hold.
    package private(set) var isDryRun = false
    /// How long the hold shall live; `nil` when the client leaves it to the server.
    package private(set) var secondsToLive: Int64?

    /// From a second to a day.
    package static let secondsToLiveBounds: ClosedRange<Int64> = 1...86_400

    /// Why there is no body.
    package enum Failure: Error {
        case syntax(JSONReader.SyntaxError)
        case invalid(FieldProblems)
    }

    private static let noEstimate = FieldProblem(
        "estimate",
        .missing,
        "An estimate is required: {\"usage\": {…}} or {\"cost_usd\": \"0.05\"}."
    )

    /// Reads a body; members that nobody knows are ignored, as in events.
    package init(_ bytes: [UInt8]) throws(Failure) {
        var reader = JSONReader(bytes)
        var draft = Draft()
        do throws(JSONReader.SyntaxError) {
            guard try reader.peek() == .object else { throw reader.failure("expected an object") }
            try draft.read(&reader)
            try reader.finish()
        } catch {
            throw .syntax(error)
        }
        switch draft.event.finish(missing: Self.noEstimate) {
        case .success(let reported): event = reported
        case .failure(let problems): throw .invalid(problems)
        }
        wantsHold = draft.wantsHold
        isDryRun = draft.isDryRun
        secondsToLive = draft.secondsToLive
    }

    /// The time to live in the body of `POST /v1/holds/{id}/extend`; `nil` when the body does not say.
    package static func secondsToLive(in bytes: [UInt8]) throws(Failure) -> Int64? {
        var reader = JSONReader(bytes)
        var draft = Draft()
        do throws(JSONReader.SyntaxError) {
            guard try reader.peek() == .object else { throw reader.failure("expected an object") }
            try draft.read(&reader)
            try reader.finish()
        } catch {
            throw .syntax(error)
        }
        let problems = draft.event.problems.filter { $0.name == "ttl_seconds" }
        guard problems.isEmpty else { throw .invalid(FieldProblems(problems)) }
        return draft.secondsToLive
    }

    private struct Draft {
        var event = EventParser()
        var wantsHold = true
        var isDryRun = false
        var secondsToLive: Int64?

        mutating func read(_ reader: inout JSONReader) throws(JSONReader.SyntaxError) {
            var more = try reader.beginObject()
            while more {
                let name = try reader.string()
                try reader.colon()
                switch reader.text(name) {
                case "estimate": try readEstimate(&reader)
                case "hold": wantsHold = try readFlag("hold", &reader) ?? wantsHold
                case "dry_run": isDryRun = try readFlag("dry_run", &reader) ?? isDryRun
                case "ttl_seconds": try readSeconds(&reader)
                default: try event.readMember(name, &reader)
                }
                more = try reader.nextMember()
            }
        }

        private mutating func readEstimate(_ reader: inout JSONReader) throws(JSONReader.SyntaxError) {
            switch try reader.peek() {
            case .null: return try reader.null()
            case .object: break
            default:
                event.problems.append(FieldProblem("estimate", .invalidType, "Must be an object."))
                return try reader.skipValue()
            }
            var more = try reader.beginObject()
            while more {
                let name = try reader.string()
                try reader.colon()
                switch reader.text(name) {
                case "usage", "custom", "cost_usd", "usage_convention": try event.readMember(name, &reader)
                default: try reader.skipValue()
                }
                more = try reader.nextMember()
            }
        }

        private mutating func readFlag(
            _ name: String,
            _ reader: inout JSONReader
        ) throws(JSONReader.SyntaxError) -> Bool? {
            switch try reader.peek() {
            case .boolean: return try reader.boolean()
            case .null: try reader.null()
            default:
                event.problems.append(FieldProblem(name, .invalidType, "Must be true or false."))
                try reader.skipValue()
            }
            return nil
        }

        private mutating func readSeconds(_ reader: inout JSONReader) throws(JSONReader.SyntaxError) {
            switch try reader.peek() {
            case .null: return try reader.null()
            case .number:
                let text = String(decoding: reader.bytes[try reader.number()], as: UTF8.self)
                if let seconds = Int64(text), secondsToLiveBounds.contains(seconds) {
                    secondsToLive = seconds
                    return
                }
                event.problems.append(
                    FieldProblem("ttl_seconds", .outOfRange, "Must be a whole number of seconds from 1 to 86400.")
                )
            default:
                event.problems.append(FieldProblem("ttl_seconds", .invalidType, "Must be a number of seconds."))
                try reader.skipValue()
            }
        }
    }
}
