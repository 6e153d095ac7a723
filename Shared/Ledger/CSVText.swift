internal import Domain

/// Writes lines of CSV (RFC 4180), as PostgreSQL's own COPY does: NULL is nothing, an empty text is `""`.
struct CSVText {
    private(set) var bytes: [UInt8] = []
    private var isFirst = true

    /// Takes what has been written and starts anew.
    mutating func take() -> [UInt8] {
        defer {
            bytes = []
            bytes.reserveCapacity(512 << 10)
        }
        return bytes
    }

    private mutating func begin() {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
    }

    mutating func endLine() {
        bytes.append(UInt8(ascii: "\n"))
        isFirst = true
    }

    /// A text of ours, which needs no quotes.
    mutating func word(_ text: String?) {
        begin()
        if let text { bytes.append(contentsOf: text.utf8) }
    }

    mutating func number(_ value: Int64?) {
        begin()
        guard let value else { return }
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        digits(value.magnitude, width: 1)
    }

    /// Pico-dollars as dollars with twelve decimals.
    mutating func dollars(_ picoDollars: Int64?) {
        begin()
        guard let picoDollars else { return }
        if picoDollars < 0 { bytes.append(UInt8(ascii: "-")) }
        let (whole, rest) = picoDollars.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000_000)
        digits(whole, width: 1)
        digits(rest, width: 12, after: ".")
    }

    /// A time in UTC by RFC 3339, with microseconds or without.
    mutating func time(_ time: Timestamp?, hasMicroseconds: Bool) {
        begin()
        guard let time else { return }
        let second = time.floored(toSeconds: 1)
        let day = time.floored(toSeconds: 86_400)
        let date = CivilDate(daysSince1970: day.microseconds / 86_400_000_000)
        let seconds = UInt64((second.microseconds - day.microseconds) / 1_000_000)
        digits(UInt64(max(0, date.year)), width: 4)
        digits(UInt64(date.month), width: 2, after: "-")
        digits(UInt64(date.day), width: 2, after: "-")
        digits(seconds / 3_600, width: 2, after: "T")
        digits(seconds / 60 % 60, width: 2, after: ":")
        digits(seconds % 60, width: 2, after: ":")
        if hasMicroseconds { digits(UInt64(time.microseconds - second.microseconds), width: 6, after: ".") }
        bytes.append(UInt8(ascii: "Z"))
    }

    /// Somebody's text, in quotes where it needs them.
    ///
    /// - Parameters:
    ///   - text: Its UTF-8; `nil` for none.
    ///   - isGuarded: Whether no spreadsheet may take it for a formula, as the console's own files have it.
    mutating func text(_ text: ArraySlice<UInt8>?, isGuarded: Bool) {
        begin()
        guard let text else { return }
        let isFormula = isGuarded && text.first.map(Self.beginsFormula) == true
        guard text.isEmpty || text.contains(where: Self.needsQuotes) else {
            if isFormula { bytes.append(UInt8(ascii: "'")) }
            bytes.append(contentsOf: text)
            return
        }
        bytes.append(UInt8(ascii: "\""))
        if isFormula { bytes.append(UInt8(ascii: "'")) }
        for byte in text {
            if byte == UInt8(ascii: "\"") { bytes.append(byte) }
            bytes.append(byte)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func needsQuotes(_ byte: UInt8) -> Bool {
        switch Unicode.Scalar(byte) {
        case ",", "\"", "\n", "\r": true
        default: false
        }
    }

    private static func beginsFormula(_ byte: UInt8) -> Bool {
        switch Unicode.Scalar(byte) {
        case "\t", "\r", "+", "-", "=", "@": true
        default: false
        }
    }

    /// Decimal digits, with zeros in front up to a width, and a mark before them.
    private mutating func digits(_ value: UInt64, width: Int, after mark: Unicode.Scalar? = nil) {
        if let mark { bytes.append(UInt8(ascii: mark)) }
        let start = bytes.count
        var rest = value
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0 || bytes.count - start < width
        // They came from the last to the first.
        var (low, high) = (start, bytes.count - 1)
        while low < high {
            bytes.swapAt(low, high)
            (low, high) = (low + 1, high - 1)
        }
    }
}
