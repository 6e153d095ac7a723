import Domain
import Testing

@Suite struct `Decimal text` {
    @Test(arguments: [
        ("0", 12, Int128(0)), ("1.5", 12, 1_500_000_000_000), ("-0.000000000001", 12, -1), ("3e-7", 12, 300_000),
        ("1.25E2", 0, 125), ("1e27", 10, 10_000_000_000_000_000_000_000_000_000_000_000_000),
    ])
    func `parses exactly`(_ text: String, _ scale: Int, _ expected: Int128) {
        #expect(DecimalText.parse(text.utf8, scale: scale) == expected)
    }

    @Test(arguments: ["", "-", ".5", "1.", "1e", "e5", "1x", "0x10", " 1", "0.0000000000001", "1e39", "--1", "NaN"])
    func `refuses what is no number or does not fit`(_ text: String) {
        #expect(DecimalText.parse(text.utf8, scale: 12) == nil)
    }

    @Test(arguments: [
        (Int128(5), Int128(2), Int128(2)), (7, 2, 4), (-5, 2, -2), (-7, 2, -4), (8, 3, 3), (7, 3, 2), (-8, 3, -3),
        (6, 3, 2),
    ])
    func `rounds half to even`(_ dividend: Int128, _ divisor: Int128, _ expected: Int128) {
        #expect(DecimalText.divideHalfToEven(dividend, by: divisor) == expected)
    }

    @Test func `money goes through its text and back`() {
        for value in [0, 1, -1, 37_500_000, Int64.max, Int64.min, 1_000_000_000_000] {
            let money = Money(picoDollars: value)
            #expect(Money(usd: money.usd) == money)
        }
        #expect(Money(picoDollars: 37_500_000).usd == "0.000037500000")
        #expect(Money(picoDollars: -1).usd == "-0.000000000001")
        #expect(Money(usd: "9223372.036854775808") == nil)
    }

    /// The standard library's own text of an integer, with the point put in.
    private func plain(_ value: Int128, scale: Int) -> String {
        var digits = Array(String(value.magnitude))
        while digits.count <= scale { digits.insert("0", at: 0) }
        if scale > 0 { digits.insert(".", at: digits.count - scale) }
        return (value < 0 ? "-" : "") + String(digits)
    }

    @Test func `numbers of every length are written in full`() {
        var values: [Int128] = [0, .max, .min]
        for exponent in 0...38 {
            guard let power = PowerOfTen.value(exponent) else { continue }
            values += [power, power - 1, power + 1, -power, power / 7, 12_345_678_901_234_567_890 % power]
        }
        for value in values {
            for scale in [0, 1, 6, 12, 18, 19, 20, 36] {
                #expect(DecimalText.format(value, scale: scale) == plain(value, scale: scale))
            }
        }
    }

    @Test func `shortest text has no trailing zeros`() {
        #expect(DecimalText.formatShortest(1_500_000, scale: 6) == "1.5")
        #expect(DecimalText.formatShortest(2_000_000, scale: 6) == "2")
        #expect(DecimalText.formatShortest(0, scale: 6) == "0")
        #expect(DecimalText.formatShortest(100, scale: 0) == "100")
    }
}

@Suite struct `A timestamp` {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", Int64(0)), ("2026-11-23T10:00:00Z", 1_795_428_000_000_000),
        ("2026-11-23T10:00:00.1234567+05:45", 1_795_407_300_123_456), ("1969-12-31T23:59:59.5Z", -500_000),
        ("2000-02-29T12:00:00-00:30", 951_827_400_000_000), ("0000-01-01T00:00:00Z", -62_167_219_200_000_000),
    ])
    func `reads RFC 3339`(_ text: String, _ microseconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.microseconds == microseconds)
    }

    @Test(arguments: [
        "", "2026-11-23", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T10:00:00",
        "2026-11-23T10:00:00.Z", "2026-11-23T10:00:00+24:00", "26-11-23T10:00:00Z", "2026-11-23T10:00:00Zx",
    ])
    func `refuses anything else`(_ text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test func `every day from 1600 to 2400 goes through its civil date and back`() {
        var previous = CivilDate(daysSince1970: -135_141)
        for day in Int64(-135_140)...157_054 {
            let date = CivilDate(daysSince1970: day)
            #expect(date.daysSince1970 == day)
            let follows = date.day == previous.day + 1 || date.day == 1
            #expect(follows && date.day <= CivilDate.daysInMonth(year: date.year, month: date.month))
            previous = date
        }
    }

    @Test func `text goes there and back`() {
        for micros in [0, 1, -1, 1_795_428_000_123_456, -62_167_219_200_000_000] as [Int64] {
            let time = Timestamp(microseconds: micros)
            #expect(Timestamp(rfc3339: time.rfc3339) == time)
        }
    }
}
