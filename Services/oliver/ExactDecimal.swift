/// A decimal number of any length, for checking arithmetic that somebody else did.
///
/// It is slow and meant for a few lines on a screen.
struct ExactDecimal: Equatable {
    /// Digits, the last one first, without zeros at the end.
    private var digits: [UInt8]
    /// How many of the digits are behind the point.
    private var scale: Int

    /// Digits that a text may have.
    private static let limit = 400

    /// Reads a decimal number without sign and exponent; nil when it is none.
    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), text.utf8.count <= Self.limit else { return nil }
        let fraction = parts.count == 2 ? parts[1] : ""
        let all = Array((parts[0] + fraction).utf8)
        guard !parts[0].isEmpty, parts.count == 1 || !fraction.isEmpty,
            all.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        self.init(digits: all.reversed().map { $0 - UInt8(ascii: "0") }, scale: fraction.utf8.count)
    }

    static let zero = ExactDecimal(digits: [], scale: 0)

    private init(digits: [UInt8], scale: Int) {
        let behind = min(scale, digits.prefix { $0 == 0 }.count)
        self.digits = Array(digits.dropFirst(behind))
        self.scale = scale - behind
        while self.digits.last == 0 { self.digits.removeLast() }
        if self.digits.isEmpty { self.scale = 0 }
    }

    static func + (left: ExactDecimal, right: ExactDecimal) -> ExactDecimal {
        let scale = max(left.scale, right.scale)
        let (a, b) = (left.lifted(to: scale), right.lifted(to: scale))
        var sum: [UInt8] = []
        var carry: UInt8 = 0
        for index in 0..<max(a.count, b.count) {
            let digit = (index < a.count ? a[index] : 0) + (index < b.count ? b[index] : 0) + carry
            sum.append(digit % 10)
            carry = digit / 10
        }
        return ExactDecimal(digits: sum + [carry], scale: scale)
    }

    static func * (left: ExactDecimal, right: ExactDecimal) -> ExactDecimal {
        var product = [Int](repeating: 0, count: left.digits.count + right.digits.count + 1)
        for (i, a) in left.digits.enumerated() {
            for (j, b) in right.digits.enumerated() { product[i + j] += Int(a) * Int(b) }
        }
        for index in product.indices.dropLast() {
            product[index + 1] += product[index] / 10
            product[index] %= 10
        }
        return ExactDecimal(digits: product.map { UInt8($0) }, scale: left.scale + right.scale)
    }

    /// Whether the numbers are the same up to 10⁻³⁰.
    ///
    /// What never ends, such as a price per hour by the second, was cut at 45 digits by whoever wrote it.
    func agrees(with other: ExactDecimal) -> Bool {
        let scale = max(scale, other.scale)
        let (a, b) = (lifted(to: scale), other.lifted(to: scale))
        var rest: [Int] = []
        let isLess = Self.isLess(a, than: b)
        let (greater, smaller) = isLess ? (b, a) : (a, b)
        var borrow = 0
        for index in 0..<greater.count {
            var digit = Int(greater[index]) - (index < smaller.count ? Int(smaller[index]) : 0) - borrow
            borrow = digit < 0 ? 1 : 0
            if digit < 0 { digit += 10 }
            rest.append(digit)
        }
        return rest.dropFirst(max(0, scale - 30)).allSatisfy { $0 == 0 }
    }

    /// The number with so many digits behind the point, rounded half to even.
    func rounded(to places: Int) -> ExactDecimal {
        guard scale > places else { return self }
        let cut = digits.prefix(scale - places)
        let kept = ExactDecimal(digits: Array(digits.dropFirst(scale - places)), scale: places)
        let padding = scale - places - cut.count
        guard padding == 0, let first = cut.last, first >= 5 else { return kept }
        let isHalf = first == 5 && cut.dropLast().allSatisfy { $0 == 0 }
        let isOdd = digits.count > scale - places && digits[scale - places] % 2 == 1
        guard !isHalf || isOdd else { return kept }
        return kept + ExactDecimal(digits: [1], scale: places)
    }

    private func lifted(to wanted: Int) -> [UInt8] {
        [UInt8](repeating: 0, count: wanted - scale) + digits
    }

    private static func isLess(_ left: [UInt8], than right: [UInt8]) -> Bool {
        let count = max(left.count, right.count)
        for index in stride(from: count - 1, through: 0, by: -1) {
            let a = index < left.count ? left[index] : 0
            let b = index < right.count ? right[index] : 0
            if a != b { return a < b }
        }
        return false
    }
}
