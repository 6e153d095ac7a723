internal import Domain
internal import Yams

extension CatalogueReader {
    /// The fields of a mapping by name; `nil` when it is none.
    ///
    /// Unknown and missing fields are problems.
    mutating func fields(of value: YAMLValue, known: [String], required: [String]) -> [String: YAMLValue]? {
        guard value.isMapping else {
            report(value, "is no mapping of fields")
            return nil
        }
        var fields: [String: YAMLValue] = [:]
        for (name, member) in members(of: value) {
            guard known.contains(name) else {
                report(member, "is no known field" + Suggestion.text(for: name, among: known))
                continue
            }
            fields[name] = member
        }
        let missing = required.filter { fields[$0] == nil }
        for name in missing { report(value, "lacks the field \(name)") }
        return missing.isEmpty ? fields : nil
    }

    /// What a mapping holds, in its order; nothing, with a problem, when it is none.
    mutating func members(of value: YAMLValue) -> [(name: String, value: YAMLValue)] {
        guard let mapping = value.node.mapping else {
            report(value, "is no mapping")
            return []
        }
        var members: [(name: String, value: YAMLValue)] = []
        for (key, node) in mapping {
            guard let name = key.scalar?.string, !name.isEmpty else {
                report(value, "has a field whose name is no text")
                continue
            }
            members.append((name, value.member(name, of: key, node)))
        }
        return members
    }

    /// The elements of a list.
    mutating func list(_ value: YAMLValue) -> [YAMLValue]? {
        guard let sequence = value.node.sequence else {
            report(value, "is no list")
            return nil
        }
        return sequence.enumerated().map { value.element($0, $1) }
    }

    /// A text that is not empty.
    mutating func text(_ value: YAMLValue) -> String? {
        guard let text = value.scalar, !text.isEmpty else {
            report(value, "is no text")
            return nil
        }
        guard text.utf8.count <= Self.textLimit else {
            report(value, "is longer than \(Self.textLimit) bytes")
            return nil
        }
        return text
    }

    /// Bytes of a text at most.
    private static var textLimit: Int { 2_000 }

    /// A name in lower case.
    ///
    /// - Parameters:
    ///   - value: The value.
    ///   - isPattern: Whether it may have a `*` for any text.
    /// - Returns: The name; `nil` when it is none.
    mutating func name(_ value: YAMLValue, isPattern: Bool = false) -> String? {
        guard let text = text(value) else { return nil }
        let isName =
            text.utf8.count <= 200
            && text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F && (isPattern || $0 != "*") }
        guard isName else {
            report(value, "is no name")
            return nil
        }
        return text.lowercased()
    }

    /// Names in lower case, at most a hundred.
    mutating func names(_ value: YAMLValue, arePatterns: Bool = false) -> [String]? {
        guard let list = list(value) else { return nil }
        guard (1...100).contains(list.count) else {
            report(value, "has \(list.count) names, not 1 to 100")
            return nil
        }
        let names = list.compactMap { name($0, isPattern: arePatterns) }
        return names.count == list.count ? names : nil
    }

    /// The time that a date (its first moment, UTC), a date-time or `always` stands for.
    ///
    /// The outer `nil` is a problem, the inner one `always`.
    mutating func time(_ value: YAMLValue) -> Timestamp?? {
        guard let text = text(value) else { return nil }
        if text == "always" { return .some(nil) }
        guard let time = Timestamp(rfc3339: text) ?? Timestamp(rfc3339: text + "T00:00:00Z") else {
            report(value, "is no date (2026-10-01), time (2026-10-01T12:00:00Z) or always")
            return nil
        }
        return time
    }

    /// A day or month, as it is written.
    mutating func day(_ value: YAMLValue) -> String? {
        guard let text = text(value) else { return nil }
        let isDay = Timestamp(rfc3339: text + "T00:00:00Z") != nil
        guard isDay || Timestamp(rfc3339: text + "-01T00:00:00Z") != nil else {
            report(value, "is no day (2026-10-01) or month (2026-10)")
            return nil
        }
        return text
    }

    /// One of the cases of an enumeration.
    mutating func choice<Choice: RawRepresentable & CaseIterable>(_ value: YAMLValue) -> Choice?
    where Choice.RawValue == String {
        guard let text = text(value) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let known = Choice.allCases.map(\.rawValue)
            report(value, "is none of \(known.joined(separator: ", "))" + Suggestion.text(for: text, among: known))
            return nil
        }
        return choice
    }
}
