/// The numbers of PostgreSQL's built-in types that this module reads and writes (`pg_type.oid`).
enum TypeID {
    static let bool: UInt32 = 16
    static let bytea: UInt32 = 17
    static let int8: UInt32 = 20
    static let int2: UInt32 = 21
    static let int4: UInt32 = 23
    static let text: UInt32 = 25
    static let timestamp: UInt32 = 1114
    static let timestamptz: UInt32 = 1184
    static let numeric: UInt32 = 1700
    static let uuid: UInt32 = 2950
    static let jsonb: UInt32 = 3802
}

/// Microseconds from 1970 to 2000, where PostgreSQL's time starts.
let postgresEpochMicroseconds: Int64 = 946_684_800_000_000

/// A time as PostgreSQL counts it; what is out of its range becomes a value that the server refuses.
func postgresMicroseconds(_ microseconds: Int64) -> Int64 {
    let (difference, overflow) = microseconds.subtractingReportingOverflow(postgresEpochMicroseconds)
    // The least integer is minus infinity, the one after it no time at all.
    return overflow || difference == .min || difference == .max ? .min + 1 : difference
}

extension [UInt8] {
    /// Appends an integer in network order, as every binary format of PostgreSQL has it.
    mutating func appendBigEndian<Value: FixedWidthInteger>(_ value: Value) {
        unsafe Swift.withUnsafeBytes(of: value.bigEndian) { unsafe append(contentsOf: $0) }
    }

    /// Appends an integer as PostgreSQL's `numeric`: digits of base 10,000, most significant first.
    mutating func appendNumeric(_ value: Int128) {
        var digits: [Int16] = []
        var rest = value.magnitude
        while rest > 0 {
            let (quotient, remainder) = rest.quotientAndRemainder(dividingBy: 10_000)
            digits.append(Int16(remainder))
            rest = quotient
        }
        let weight = Int16(digits.count) - 1
        let zeros = digits.prefix { $0 == 0 }.count
        digits.removeFirst(zeros)
        appendBigEndian(Int16(digits.count))
        appendBigEndian(digits.isEmpty ? Int16(0) : weight)
        appendBigEndian(value < 0 ? UInt16(0x4000) : 0)
        appendBigEndian(Int16(0))
        for digit in digits.reversed() { appendBigEndian(digit) }
    }

    /// Appends a one-dimensional array; `write` appends an element without its length.
    mutating func appendArray<Value>(
        _ elements: [Value?],
        of type: UInt32,
        write: (Value, inout [UInt8]) -> Void
    ) {
        reserveCapacity(count + 20 + elements.count * 12)
        appendBigEndian(Int32(elements.isEmpty ? 0 : 1))
        appendBigEndian(Int32(1))
        appendBigEndian(type)
        guard !elements.isEmpty else { return }
        appendBigEndian(Int32(elements.count))
        appendBigEndian(Int32(1))
        for element in elements {
            guard let element else {
                appendBigEndian(Int32(-1))
                continue
            }
            appendWithLength { write(element, &$0) }
        }
    }

    /// Appends what `write` appends, with its length in front.
    mutating func appendWithLength(_ write: (inout [UInt8]) -> Void) {
        let start = count
        appendBigEndian(Int32(0))
        write(&self)
        let length = UInt32(truncatingIfNeeded: count - start - 4)
        for offset in 0..<4 { self[start + offset] = UInt8(truncatingIfNeeded: length >> (24 - 8 * offset)) }
    }
}
