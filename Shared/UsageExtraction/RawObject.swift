internal import Domain
internal import ServiceRuntime
internal import Wire

/// A JSON value of which only the shape is known, and where it stands, for problems that name the place.
struct RawObject {
    /// Where the whole object stands in an event.
    static let root = "raw_usage"
    /// The largest count, alone or as a sum.
    static let countLimit: Int64 = 1_000_000_000_000

    let value: JSONValue
    let path: String

    init(_ value: JSONValue, path: String = root) {
        self.value = value
        self.path = path
    }

    /// The first of the members that is there and not null.
    func member(_ names: String...) -> RawObject? { first(of: names) }

    /// A member's elements; none for anything else.
    func elements(_ names: String...) -> [RawObject] {
        guard let found = first(of: names), let list = found.value.list else { return [] }
        return list.enumerated().map { RawObject($1, path: "\(found.path)[\($0)]") }
    }

    /// A member as a text that is not empty.
    func text(_ names: String...) -> String? {
        guard let text = first(of: names)?.value.text, !text.isEmpty else { return nil }
        return text
    }

    /// A member as a whole number.
    ///
    /// - Throws: When it is there and cannot be a count: passing over it would make the call cheaper or dearer.
    func count(_ names: String...) throws(FieldProblem) -> Int64? {
        guard let found = first(of: names) else { return nil }
        guard let amount = found.amount, let units = amount.wholeUnits else {
            throw FieldProblem(found.path, .invalidType, "Must be a whole number from 0 to 1000000000000.")
        }
        return units
    }

    /// The sum of counts in this object that are known; nil if none is.
    ///
    /// - Throws: When it is more than one quantity may be.
    func total(_ counts: Int64?...) throws(FieldProblem) -> Int64? {
        var sum: Int64?
        for count in counts.compactMap(\.self) { sum = try adding(count, to: sum ?? 0) }
        return sum
    }

    /// A count or an amount of this object added to a sum of such.
    ///
    /// - Throws: When the sum is more than one quantity may be.
    func adding(_ count: Int64, to sum: Int64, limit: Int64 = RawObject.countLimit) throws(FieldProblem) -> Int64 {
        let (more, isTooLarge) = sum.addingReportingOverflow(count)
        guard !isTooLarge, more <= limit else {
            throw FieldProblem(path, .outOfRange, "Its counts are together more than \(Self.countLimit).")
        }
        return more
    }

    /// A member as a number of seconds.
    ///
    /// - Throws: When it is there and is no time.
    func seconds(_ name: String) throws(FieldProblem) -> Amount? {
        guard let found = first(of: [name]) else { return nil }
        guard let amount = found.amount else {
            throw FieldProblem(found.path, .invalidType, "Must be a number from 0 to 1000000000000.")
        }
        return amount
    }

    private var amount: Amount? {
        guard let text = value.numberText, let millionths = DecimalText.parse(text.utf8, scale: 6, rounding: true),
            millionths >= 0, millionths <= Amount.limit.millionths
        else { return nil }
        return Amount(millionths: Int64(millionths))
    }

    private func first(of names: [String]) -> RawObject? {
        for name in names {
            if let value = value[name] { return RawObject(value, path: "\(path).\(name)") }
        }
        return nil
    }
}

extension RawObject? {
    /// As `RawObject.count`, of nothing.
    func count(_ name: String, or other: String? = nil) throws(FieldProblem) -> Int64? {
        guard let self else { return nil }
        if let found = try self.count(name) { return found }
        guard let other else { return nil }
        return try self.count(other)
    }
}

extension Usage {
    /// Totals as they are, and parts that are more than zero.
    init(totals: [(UsageQuantity, Int64?)], parts: [(UsageQuantity, Int64?)] = []) {
        let known = totals.compactMap { quantity, units in units.map { (quantity, $0) } }
        let used = parts.compactMap { quantity, units in units.flatMap { $0 > 0 ? (quantity, $0) : nil } }
        self.init(items: (known + used).map { Item($0, Amount(units: $1)) })
    }

    /// One quantity alone.
    init(_ quantity: UsageQuantity, _ amount: Amount) {
        self.init(items: [Item(quantity, amount)])
    }

    /// The same with another quantity, if it is more than zero.
    func adding(_ quantity: UsageQuantity, _ units: Int64) -> Usage {
        guard units > 0 else { return self }
        var more = self
        more.items.append(Item(quantity, Amount(units: units)))
        return more
    }
}
