extension SettingsReader {
    /// A text with a default.
    package func string(_ key: String, default fallback: String) -> String {
        text(key) ?? fallback
    }

    /// An optional text.
    package func string(_ key: String) -> String? {
        text(key)
    }

    /// A secret, given by itself or as the file that holds it: `OLIVER_X` or `OLIVER_X_FILE`.
    ///
    /// One final line break of the file is not part of the secret; an empty file holds none.
    package func secret(_ key: String) -> String? {
        let direct = text(key, isSecret: true)
        guard let path = text("\(key)File") else { return direct }
        if direct != nil {
            report(key, "is set both directly and as a file: use one of them")
            return direct
        }
        do {
            let secret = try readSmallFile(path).trimmingFinalLineBreak()
            return secret.isEmpty ? nil : secret
        } catch {
            report("\(key)File", "cannot be read: \(error)")
            return nil
        }
    }

    /// An integer within bounds.
    package func int(_ key: String, default fallback: Int, in bounds: ClosedRange<Int>) -> Int {
        guard let text = text(key) else { return fallback }
        guard let value = Int(text), bounds.contains(value) else {
            report(key, "must be a whole number from \(bounds.lowerBound) to \(bounds.upperBound), is \"\(text)\"")
            return fallback
        }
        return value
    }

    /// A yes or no: `true`, `yes`, `on`, `1` or `false`, `no`, `off`, `0`.
    package func bool(_ key: String, default fallback: Bool) -> Bool {
        guard let text = text(key) else { return fallback }
        switch text.lowercased() {
        case "true", "yes", "on", "1": return true
        case "false", "no", "off", "0": return false
        default:
            report(key, "must be true or false, is \"\(text)\"")
            return fallback
        }
    }

    /// A duration: a number with `ms`, `s`, `m`, `h` or `d`; seconds when there is no unit.
    package func duration(_ key: String, default fallback: Duration, in bounds: ClosedRange<Duration>) -> Duration {
        guard let text = text(key) else { return fallback }
        guard let value = parseDuration(text), bounds.contains(value) else {
            report(key, "must be a duration from \(bounds.lowerBound) to \(bounds.upperBound), is \"\(text)\"")
            return fallback
        }
        return value
    }

    /// A number of bytes, with `KiB`, `MiB` or `GiB` after it or none.
    package func bytes(_ key: String, default fallback: Int, in bounds: ClosedRange<Int>) -> Int {
        guard let text = text(key) else { return fallback }
        guard let value = parseBytes(text), bounds.contains(value) else {
            report(key, "must be a size from \(bounds.lowerBound) to \(bounds.upperBound) bytes, is \"\(text)\"")
            return fallback
        }
        return value
    }

    /// A list separated by commas.
    ///
    /// Spaces around its elements are ignored.
    package func list(_ key: String, default fallback: [String]) -> [String] {
        guard let text = text(key) else { return fallback }
        return text.split(separator: ",").map { $0.trimmingSpaces() }.filter { !$0.isEmpty }
    }

    /// One of the cases of an enumeration.
    package func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String,
        default fallback: Choice
    ) -> Choice where Choice.RawValue == String {
        guard let text = text(key) else { return fallback }
        guard let value = Choice(rawValue: text.lowercased()) else {
            let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            report(key, "must be one of \(names), is \"\(text)\"")
            return fallback
        }
        return value
    }
}

/// Reads `250ms`, `10s`, `5m`, `24h`, `7d` or a bare number of seconds.
///
/// Numbers are whole.
func parseDuration(_ text: String) -> Duration? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard let count = Int64(digits), count <= 1_000_000_000_000 else { return nil }
    switch text.dropFirst(digits.count).trimmingSpaces() {
    case "ms": return .milliseconds(count)
    case "", "s": return .seconds(count)
    case "m": return .seconds(count * 60)
    case "h": return .seconds(count * 3600)
    case "d": return .seconds(count * 86400)
    default: return nil
    }
}

/// Reads `4MiB`, `512KiB`, `1GiB` or a bare number of bytes.
func parseBytes(_ text: String) -> Int? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard let count = Int(digits) else { return nil }
    let factor: Int
    switch text.dropFirst(digits.count).trimmingSpaces() {
    case "", "B": factor = 1
    case "KiB": factor = 1 << 10
    case "MiB": factor = 1 << 20
    case "GiB": factor = 1 << 30
    default: return nil
    }
    let (bytes, overflow) = count.multipliedReportingOverflow(by: factor)
    return overflow ? nil : bytes
}

extension StringProtocol {
    /// The text without spaces and tabs at its ends.
    func trimmingSpaces() -> String {
        var view = self[...]
        while let first = view.first, first == " " || first == "\t" {
            view = view.dropFirst()
        }
        while let last = view.last, last == " " || last == "\t" {
            view = view.dropLast()
        }
        return String(view)
    }

    fileprivate func trimmingFinalLineBreak() -> String {
        String(last?.isNewline == true ? self.dropLast() : self[...])
    }
}
