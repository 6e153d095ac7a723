import Domain

/// A JSON object whose text is always the same for the same members: sorted by name, without white space.
struct CanonicalObject {
    private var members: [(name: String, json: String)] = []

    init() {}

    /// The object of these rates.
    init(_ rates: [PriceExtras.NamedRate]) {
        for rate in rates { add(rate.name, rate.rate) }
    }

    var isEmpty: Bool { members.isEmpty }

    mutating func add(_ name: String, json: String) {
        members.append((name, json))
    }

    mutating func add(_ name: String, text: String) {
        add(name, json: Self.quoted(text))
    }

    mutating func add(_ name: String, array: [String]) {
        add(name, json: "[\(array.joined(separator: ","))]")
    }

    /// A rate of one unit is a number; one of several is a string, since JSON has no fractions.
    mutating func add(_ name: String, _ rate: Rate) {
        add(name, json: rate.per == 1 ? rate.usd : "\"\(rate.text)\"")
    }

    var json: String {
        let sorted = members.sorted { $0.name < $1.name }
        return "{" + sorted.map { "\(Self.quoted($0.name)):\($0.json)" }.joined(separator: ",") + "}"
    }

    private static func quoted(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 < 0x20 || $0 == 0x22 || $0 == 0x5C }) else { return "\"\(text)\"" }
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x22, 0x5C: result += "\\\(scalar)"
            case 0..<0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
