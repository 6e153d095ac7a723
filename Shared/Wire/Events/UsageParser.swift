internal import Domain
internal import SwiftProtobuf

/// Reads the quantities of one event from its `usage` object.
struct UsageParser {
    private var items: [(number: Int, millionths: Int64)] = []
    private var custom: [ProtoNamedAmount] = []
    private var guardrailUnits: [ProtoNamedAmount] = []
    private(set) var problems: [FieldProblem] = []

    /// More names under `custom` or `guardrail_units` are refused.
    static let namedLimit = 32

    private enum Member {
        case quantity(UsageQuantity, number: Int)
        case custom
        case guardrailUnits
    }

    private static let members = NameTable(
        UsageQuantity.allCases.map { ($0.rawValue, Member.quantity($0, number: $0.number)) }
            + [("custom", .custom), ("guardrail_units", .guardrailUnits)]
    )

    /// Reads the object; the reader stands before its brace.
    mutating func read(_ reader: inout JSONReader) throws(JSONReader.SyntaxError) {
        items.reserveCapacity(8)
        var more = try reader.beginObject()
        while more {
            let name = try reader.string()
            try reader.colon()
            switch Self.members.find(name, in: reader) {
            case .quantity(let quantity, let number): try readQuantity(quantity, number: number, &reader)
            case .custom: try readNamed("usage.custom", \.custom, &reader)
            case .guardrailUnits: try readNamed("usage.guardrail_units", \.guardrailUnits, &reader)
            case nil: try refuse(name, &reader)
            }
            more = try reader.nextMember()
        }
    }

    /// Reads an object of custom quantities; the reader stands before it.
    mutating func readCustom(_ reader: inout JSONReader) throws(JSONReader.SyntaxError) {
        try readNamed("custom", \.custom, &reader)
    }

    /// Writes the quantities into a body, sorted, so that equal usage gives equal bytes.
    ///
    /// - Parameters:
    ///   - body: Receives the quantities.
    ///   - isExclusive: Whether `input_tokens` came without cached and written tokens, which are then added.
    /// - Returns: What is wrong with the sum.
    func fill(_ body: inout ProtoEventBody, isExclusive: Bool) -> FieldProblem? {
        var sorted = items.sorted { $0.number < $1.number }
        if isExclusive, !Self.makeInclusive(&sorted) {
            let detail = "With cached and written tokens, which are apart from it, at most 1000000000000."
            return FieldProblem("usage.input_tokens", .outOfRange, detail)
        }
        body.quantities = sorted.map { UInt32($0.number) }
        body.amounts = sorted.map(\.millionths)
        body.custom = custom.sorted { $0.name < $1.name }
        body.guardrailUnits = guardrailUnits.sorted { $0.name < $1.name }
        return nil
    }

    /// Anthropic's raw figures count cached and written tokens apart from input; Oliver's input is the total.
    ///
    /// - Returns: Whether the total is one that a quantity may have.
    private static func makeInclusive(_ items: inout [(number: Int, millionths: Int64)]) -> Bool {
        let input = UsageQuantity.inputTokens.number
        let parts = [input, UsageQuantity.cacheReadTokens.number, UsageQuantity.cacheWriteTokens.number]
        let total = items.filter { parts.contains($0.number) }.reduce(Int128(0)) { $0 + Int128($1.millionths) }
        guard total <= Amount.limit.millionths else { return false }
        if let index = items.firstIndex(where: { $0.number == input }) {
            items[index].millionths = Int64(total)
        } else if total > 0 {
            items.insert((input, Int64(total)), at: 0)
        }
        return true
    }

    private mutating func readQuantity(
        _ quantity: UsageQuantity,
        number: Int,
        _ reader: inout JSONReader
    ) throws(JSONReader.SyntaxError) {
        func name() -> String { "usage.\(quantity.rawValue)" }
        guard let amount = try readAmount(name(), allowsFraction: quantity.allowsFraction, &reader) else { return }
        guard !items.contains(where: { $0.number == number }) else {
            problems.append(FieldProblem(name(), .duplicateField, "The quantity is there twice."))
            return
        }
        items.append((number, amount.millionths))
    }

    private mutating func readNamed(
        _ path: String,
        _ target: WritableKeyPath<UsageParser, [ProtoNamedAmount]>,
        _ reader: inout JSONReader
    ) throws(JSONReader.SyntaxError) {
        guard try reader.peek() == .object else {
            if try reader.peek() != .null {
                problems.append(FieldProblem(path, .invalidType, "Must be an object of numbers by name."))
            }
            return try reader.skipValue()
        }
        var more = try reader.beginObject()
        while more {
            let rawName = try reader.string()
            try reader.colon()
            let name = namedQuantity(reader.text(rawName), path, known: self[keyPath: target])
            let amount = try readAmount("\(path).\(name ?? "?")", allowsFraction: true, &reader)
            if let name, let amount {
                self[keyPath: target].append(
                    ProtoNamedAmount.with {
                        $0.name = name
                        $0.amount = amount.millionths
                    }
                )
            }
            more = try reader.nextMember()
        }
    }

    private mutating func namedQuantity(_ name: String?, _ path: String, known: [ProtoNamedAmount]) -> String? {
        guard let name, !name.isEmpty, name.utf8.count <= EventParser.nameLimit,
            !name.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F })
        else {
            problems.append(FieldProblem(path, .invalidCharacters, "A name has 1 to 128 bytes, no control characters."))
            return nil
        }
        guard known.count < Self.namedLimit else {
            problems.append(FieldProblem(path, .tooMany, "At most \(Self.namedLimit) names."))
            return nil
        }
        guard !known.contains(where: { $0.name == name }) else {
            problems.append(FieldProblem("\(path).\(name)", .duplicateField, "The quantity is there twice."))
            return nil
        }
        return name
    }

    /// Reads a number; `null` counts as not reported.
    private mutating func readAmount(
        _ name: @autoclosure () -> String,
        allowsFraction: Bool,
        _ reader: inout JSONReader
    ) throws(JSONReader.SyntaxError) -> Amount? {
        switch try reader.peek() {
        case .number: break
        case .null:
            try reader.null()
            return nil
        default:
            problems.append(FieldProblem(name(), .invalidType, "Must be a number."))
            try reader.skipValue()
            return nil
        }
        let range = try reader.number()
        switch Self.amount(reader.bytes[range], allowsFraction: allowsFraction) {
        case .success(let amount): return amount
        case .failure(let code):
            problems.append(FieldProblem(name(), code, Self.detail(of: code)))
            return nil
        }
    }

    private mutating func refuse(
        _ name: JSONReader.RawString,
        _ reader: inout JSONReader
    ) throws(JSONReader.SyntaxError) {
        let shown = String((reader.text(name) ?? "?").prefix(EventParser.nameLimit))
        problems.append(
            FieldProblem(
                "usage.\(shown)",
                .unknownValue,
                "No known quantity; put quantities of your own under 'custom'."
            )
        )
        try reader.skipValue()
    }
}

extension FieldProblem.Code: Error {}

extension UsageParser {
    /// An amount from a number's text: plain digits by the fast way, anything else as an exact decimal.
    static func amount(_ text: ArraySlice<UInt8>, allowsFraction: Bool) -> Result<Amount, FieldProblem.Code> {
        if text.count <= 12, let units = plainInteger(text) {
            return .success(Amount(units: units))
        }
        guard text.first != UInt8(ascii: "-") || DecimalText.parse(text, scale: 6, rounding: true) == 0 else {
            return .failure(.negative)
        }
        guard let value = DecimalText.parse(text, scale: 6, rounding: true), value <= Amount.limit.millionths else {
            return .failure(.outOfRange)
        }
        guard allowsFraction || DecimalText.parse(text, scale: 0) != nil else { return .failure(.notInteger) }
        return .success(Amount(millionths: Int64(value)))
    }

    /// The value of digits alone, at most 18 of them.
    static func plainInteger(_ text: ArraySlice<UInt8>) -> Int64? {
        var value: Int64 = 0
        for byte in text {
            let digit = byte &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value = value * 10 + Int64(digit)
        }
        return value
    }

    private static func detail(of code: FieldProblem.Code) -> String {
        switch code {
        case .negative: "Must not be negative."
        case .notInteger: "Must be a whole number."
        default: "Must be at most 1000000000000."
        }
    }
}
