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

    /// Ends fields that are a part of a line.
    mutating func endRun() { isFirst = true }

    /// Forgets what has been written.
    mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    /// Fields that have been written before.
    mutating func fields(_ run: ArraySlice<UInt8>) {
        begin()
        bytes.append(contentsOf: run)
    }

    /// A text of ours, which needs no quotes.
    mutating func word(_ text: String?) {
        begin()
        if let text { bytes.append(contentsOf: text.utf8) }
    }

    mutating func number(_ value: Int64?) {
        begin()
        guard let value else { return }
        var text = ShortText()
        if value < 0 { text.append("-") }
        text.append(value.magnitude)
        append(text)
    }

    /// Pico-dollars as dollars with twelve decimals.
    mutating func dollars(_ picoDollars: Int64?) {
        begin()
        if let picoDollars { append(Money(picoDollars: picoDollars).text) }
    }

    /// A time in UTC by RFC 3339, with microseconds or without.
    mutating func time(_ time: Timestamp?, hasMicroseconds: Bool) {
        begin()
        if let time { append(time.text(hasMicroseconds: hasMicroseconds)) }
    }

    private mutating func append(_ text: ShortText) {
        for index in 0..<text.count { bytes.append(text[index]) }
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
}
