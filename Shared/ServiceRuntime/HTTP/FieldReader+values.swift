extension FieldReader {
    /// A text that a PATCH sets, or takes away with null; nil when it is absent.
    package mutating func change(_ name: String) -> String?? {
        has(name) ? .some(self.name(name)) : nil
    }

    /// A whole number; nil when it is absent.
    package mutating func number(_ name: String) -> Int? {
        guard let value = self[name] else { return nil }
        guard let number = value.numberText.flatMap({ Int($0) }) else {
            fault(name, "type", "must be a whole number")
            return nil
        }
        return number
    }

    /// True or false; nil when it is absent.
    package mutating func flag(_ name: String) -> Bool? {
        guard let value = self[name] else { return nil }
        guard case .bool(let flag) = value else {
            fault(name, "type", "must be true or false")
            return nil
        }
        return flag
    }

    /// One of some words; nil when it is absent.
    package mutating func word<Word: RawRepresentable & CaseIterable>(_ name: String, _ type: Word.Type) -> Word?
    where Word.RawValue == String {
        guard let value = self[name] else { return nil }
        guard let word = value.text.flatMap({ Word(rawValue: $0) }) else {
            let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
            fault(name, "unknown_value", "must be one of \(words)")
            return nil
        }
        return word
    }

    /// Refuses members that cannot be changed.
    package mutating func fix(_ names: [String]) {
        for name in names where self[name] != nil { fault(name, "immutable", "cannot be changed") }
    }
}
