/// Reads a decimal text as pico-dollars, rounded once, half to even.
///
/// Written anew here, so that the tests do not check the code by itself.
func picoDollars(_ text: String) -> Int64? {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let digits = parts.joined()
    guard !parts[0].isEmpty, !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
    let fraction = parts.count > 1 ? Array(parts[1].utf8) : []
    let kept = fraction.prefix(12) + Array(repeating: UInt8(ascii: "0"), count: max(0, 12 - fraction.count))
    guard var value = Int64(String(parts[0]) + String(decoding: kept, as: UTF8.self)) else { return nil }
    let rest = fraction.dropFirst(12)
    if let first = rest.first {
        let isTie = first == UInt8(ascii: "5") && rest.dropFirst().allSatisfy { $0 == UInt8(ascii: "0") }
        if isTie ? !value.isMultiple(of: 2) : first >= UInt8(ascii: "5") { value += 1 }
    }
    return value
}

/// Pico-dollars as the wire has them, with 12 decimals.
func usd(_ picoDollars: Int128) -> String {
    let digits = String(picoDollars.magnitude)
    let padded = String(repeating: "0", count: max(0, 13 - digits.count)) + digits
    return "\(picoDollars < 0 ? "-" : "")\(padded.dropLast(12)).\(padded.suffix(12))"
}
