internal import SwiftProtobuf

extension EventParser {
    /// Reads a string within its limit; anything else is noted, consumed and answered with `nil`.
    mutating func readText(
        _ name: @autoclosure () -> String,
        limit: Int = nameLimit,
        mayBeEmpty: Bool = false,
        _ reader: inout JSONReader
    ) throws(JSONReader.SyntaxError) -> String? {
        guard try reader.peek() == .string else {
            problems.append(FieldProblem(name(), .invalidType, "Must be a string."))
            try reader.skipValue()
            return nil
        }
        return checked(reader.text(try reader.string()), name(), limit: limit, mayBeEmpty: mayBeEmpty)
    }

    /// The text if it is one that every store and screen can hold.
    mutating func checked(
        _ text: String?,
        _ name: @autoclosure () -> String,
        limit: Int,
        mayBeEmpty: Bool
    ) -> String? {
        guard let text, !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            let detail = "Must be valid Unicode without control characters."
            problems.append(FieldProblem(name(), .invalidCharacters, detail))
            return nil
        }
        guard mayBeEmpty || !text.isEmpty else {
            problems.append(FieldProblem(name(), .empty, "Must not be empty: leave the field out instead."))
            return nil
        }
        guard text.utf8.count <= limit || (limit == Self.nameLimit && text.unicodeScalars.count <= limit) else {
            problems.append(
                FieldProblem(name(), .tooLong, "At most \(limit) \(limit == Self.nameLimit ? "characters" : "bytes").")
            )
            return nil
        }
        return text
    }

    mutating func readTags(_ reader: inout JSONReader) throws(JSONReader.SyntaxError) {
        guard try reader.peek() == .object else {
            note(.tags, .invalidType, "Must be an object of strings.")
            return try reader.skipValue()
        }
        var tags: [ProtoTag] = []
        var count = 0
        var more = try reader.beginObject()
        while more {
            count += 1
            if count <= Self.tagLimit {
                if let tag = try readTag(&reader) { tags.append(tag) }
            } else {
                _ = try reader.string()
                try reader.colon()
                try reader.skipValue()
            }
            more = try reader.nextMember()
        }
        if count > Self.tagLimit { note(.tags, .tooMany, "At most \(Self.tagLimit) tags.") }
        tags.sort { $0.key < $1.key }
        if zip(tags, tags.dropFirst()).contains(where: { $0.key == $1.key }) {
            note(.tags, .duplicateField, "A tag's key is there twice.")
        }
        body.tags = tags
    }

    private mutating func readTag(_ reader: inout JSONReader) throws(JSONReader.SyntaxError) -> ProtoTag? {
        let rawKey = try reader.string()
        try reader.colon()
        let key = checked(reader.text(rawKey), "tags", limit: Self.tagKeyLimit, mayBeEmpty: false)
        if try reader.peek() == .null {
            try reader.null()
            return nil
        }
        let value = try readText("tags.\(key ?? "?")", limit: Self.tagValueLimit, mayBeEmpty: true, &reader)
        guard let key, let value else { return nil }
        return ProtoTag.with {
            $0.key = key
            $0.value = value
        }
    }

    static let noUsage = FieldProblem(
        EventField.usage.rawValue,
        .missing,
        "The quantities are required, or 'cost_usd' with a key that may report costs."
    )

    mutating func note(_ field: EventField, _ code: FieldProblem.Code, _ detail: String) {
        problems.append(FieldProblem(field.rawValue, code, detail))
    }

    /// Checks what only the whole item can show, and ends the reading.
    ///
    /// `missing` is the problem of an item without quantities and cost.
    mutating func finish(missing: FieldProblem = noUsage) -> Result<ReportedEvent, FieldProblems> {
        takeRawUsage()
        if let usage {
            problems += usage.problems
            if let problem = usage.fill(&body, isExclusive: isExclusive) { problems.append(problem) }
        } else if rawUsage == nil, !body.hasCost,
            !problems.contains(where: { ["usage", "cost_usd", missing.name].contains($0.name) })
        {
            problems.append(missing)
        }
        for (field, text) in [(EventField.provider, body.provider), (.model, body.model)] where text.isEmpty {
            if !problems.contains(where: { $0.name == field.rawValue }) {
                note(field, .missing, "The \(field.rawValue)'s name is required.")
            }
        }
        return problems.isEmpty ? .success(ReportedEvent(body: body)) : .failure(FieldProblems(problems))
    }
}

/// Everything that is wrong with one item.
package struct FieldProblems: Error, Equatable, Sendable {
    /// At most `limit` problems, in the order of the item's fields.
    package let problems: [FieldProblem]

    /// More are not told: an answer stays in proportion to its question.
    package static let limit = 16

    package init(_ problems: [FieldProblem]) {
        self.problems = Array(problems.prefix(Self.limit))
    }
}
