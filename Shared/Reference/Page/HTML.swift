internal import ServiceRuntime

/// Text that is HTML already; everything else is escaped on its way in.
struct HTML: ExpressibleByStringInterpolation {
    var text: String

    init(raw text: String) {
        self.text = text
    }

    init(stringLiteral value: String) {
        text = value
    }

    init(stringInterpolation: Interpolation) {
        text = stringInterpolation.text
    }

    struct Interpolation: StringInterpolationProtocol {
        var text = ""

        init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + interpolationCount * 16)
        }

        mutating func appendLiteral(_ literal: String) {
            text += literal
        }

        mutating func appendInterpolation(_ value: String) {
            text += HTML.escaped(value)
        }

        mutating func appendInterpolation(_ value: HTML) {
            text += value.text
        }

        mutating func appendInterpolation(_ values: [HTML]) {
            for value in values { text += value.text }
        }
    }

    static func + (left: HTML, right: HTML) -> HTML {
        HTML(raw: left.text + right.text)
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

extension HTML {
    /// Prose: paragraphs apart by an empty line, and `code` between backticks.
    static func prose(_ text: String?) -> HTML {
        guard let text else { return "" }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let paragraphs = lines.split(separator: "").map { $0.joined(separator: " ") }
        return "\(paragraphs.map { "<p>\(inline($0))</p>" })"
    }

    /// A sentence with `code` between backticks.
    static func inline(_ text: String?) -> HTML {
        guard let text else { return "" }
        let pieces = text.split(separator: "`", omittingEmptySubsequences: false)
        return "\(pieces.enumerated().map { $0 % 2 == 0 ? "\(String($1))" : "<code>\(String($1))</code>" })"
    }
}

extension JSONValue {
    /// The value over several lines, for people.
    func pretty(indent: String = "") -> String {
        let deeper = indent + "  "
        switch self {
        case .array(let elements) where !elements.isEmpty:
            let lines = elements.map { deeper + $0.pretty(indent: deeper) }
            return "[\n\(lines.joined(separator: ",\n"))\n\(indent)]"
        case .object(let members) where !members.isEmpty:
            let lines = members.map { deeper + "\(JSONValue.string($0.name).line): \($0.value.pretty(indent: deeper))" }
            return "{\n\(lines.joined(separator: ",\n"))\n\(indent)}"
        default: return line
        }
    }

    /// The value in one line.
    var line: String { String(decoding: bytes, as: UTF8.self) }
}
