import Testing

@testable import OliverCommands

private func number(_ text: String) throws -> ExactDecimal {
    try #require(ExactDecimal(text))
}

@Suite struct `An exact decimal` {
    @Test func `reads plain decimal numbers only`() throws {
        for text in ["", ".", "1.", ".5", "-1", "1e3", "1,5", " 1", "1.2.3", "١"] {
            #expect(ExactDecimal(text) == nil, "\(text)")
        }
        #expect(try number("007.500") == number("7.5"))
        #expect(try number("0.000") == .zero)
        #expect(try number("100") != number("1"))
    }

    @Test(arguments: [
        ("0.1", "0.2", "0.3", "0.02"),
        ("999.999", "0.001", "1000", "0.999999"),
        ("0", "12.5", "12.5", "0"),
        (
            "123456789012345678901234567890", "0.000000000000000000000000000001",
            "123456789012345678901234567890.000000000000000000000000000001", "0.12345678901234567890123456789"
        ),
    ]) func `adds and multiplies without rounding`(left: String, right: String, sum: String, product: String) throws {
        #expect(try number(left) + number(right) == number(sum))
        #expect(try number(left) * number(right) == number(product))
    }

    @Test(arguments: [
        ("0.0000000000005", "0"), ("0.0000000000015", "0.000000000002"), ("0.0000000000025", "0.000000000002"),
        ("0.00000000000050001", "0.000000000001"), ("0.00000000000049999", "0"), ("0.9999999999995", "1"),
        ("0.9999999999996", "1"), ("1.25", "1.25"), ("0.00000000000000000001", "0"),
    ]) func `rounds half to even`(text: String, rounded: String) throws {
        #expect(try number(text).rounded(to: 12) == number(rounded))
    }

    @Test func `agrees with what was cut far behind the point, and with nothing else`() throws {
        let third = try number("0." + String(repeating: "3", count: 45))
        #expect(try (third * number("3")).agrees(with: number("1")))
        #expect(try number("1").agrees(with: third * number("3")))
        #expect(try !number("1.00000000000000000000000000001").agrees(with: number("1")))
        #expect(try !number("1").agrees(with: number("2")))
        #expect(try number("0.25").agrees(with: number("0.250")))
    }
}
