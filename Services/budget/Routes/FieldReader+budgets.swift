internal import BudgetBook
internal import Domain
internal import ServiceRuntime

extension FieldReader {
    /// One of some words, which must be there.
    mutating func needed<Word: RawRepresentable & CaseIterable>(_ name: String, _ type: Word.Type) -> Word?
    where Word.RawValue == String {
        if self[name] == nil { fault(name, "required", "is missing") }
        return word(name, type)
    }

    /// An amount of USD, as a decimal string or an exact JSON number; nil when it is absent.
    mutating func money(_ name: String) -> MoneySum? {
        guard let value = self[name] else { return nil }
        // A number's text is bounded: nothing longer can be an amount of 12 decimals.
        guard let text = value.text ?? value.numberText, text.utf8.count <= 64, let money = MoneySum(usd: text) else {
            fault(name, "invalid_format", "must be an amount of USD with at most 12 decimals, like \"100\"")
            return nil
        }
        return money
    }

    /// An amount of USD that must be there.
    mutating func neededMoney(_ name: String) -> MoneySum? {
        if self[name] == nil { fault(name, "required", "is missing") }
        return money(name)
    }

    /// A list of whole numbers; nil when it is absent.
    mutating func percentages(_ name: String) -> [Int]? {
        guard let value = self[name] else { return nil }
        let numbers = value.list.map { list in list.map { $0.numberText.flatMap { Int($0) } } }
        guard let numbers, !numbers.contains(nil) else {
            fault(name, "type", "must be a list of whole numbers, like [50, 80, 100]")
            return nil
        }
        return numbers.compactMap(\.self)
    }

    /// A list of texts; nil when it is absent.
    mutating func texts(_ name: String) -> [String]? {
        guard let value = self[name] else { return nil }
        let texts = value.list?.map(\.text)
        guard let texts, !texts.contains(nil) else {
            fault(name, "type", "must be a list of strings")
            return nil
        }
        return texts.compactMap(\.self)
    }

    /// A scope that must be there.
    mutating func scope(_ name: String) -> ScopeRequest? {
        guard let value = self[name] else {
            fault(name, "required", "is missing")
            return nil
        }
        guard case .object = value else {
            fault(name, "type", "must be an object, like {\"type\": \"team\", \"id\": \"growth\"}")
            return nil
        }
        var fields = FieldReader(value, known: ["type", "id"])
        let type = fields.needed("type", ScopeType.self)
        let id = fields["id"]?.text
        if id == nil, fields["id"] != nil { fields.fault("id", "type", "must be a string") }
        for found in fields.faults { fault("\(name).\(found.name)", found.code, found.detail) }
        return type.map { ScopeRequest(type: $0, id: id) }
    }
}
