package import Domain

/// The bytes of one cell in binary form, valid only while `decode` runs.
@safe package struct PostgresCell: ~Copyable {
    let type: UInt32
    let bytes: UnsafeRawBufferPointer

    var typeName: String {
        let names: [UInt32: String] = [
            TypeID.bool: "boolean", TypeID.bytea: "bytea", TypeID.int8: "bigint", TypeID.int2: "smallint",
            TypeID.int4: "integer", TypeID.text: "text", TypeID.timestamptz: "timestamptz",
            TypeID.numeric: "numeric", TypeID.uuid: "uuid", TypeID.jsonb: "jsonb",
        ]
        return names[type] ?? "number \(type)"
    }

    /// A big-endian integer that fills the cell.
    func integer<Value: FixedWidthInteger>(_: Value.Type = Value.self) -> Value? {
        guard unsafe bytes.count == MemoryLayout<Value>.size else { return nil }
        return unsafe Value(bigEndian: bytes.loadUnaligned(as: Value.self))
    }

    /// Any integral number that fits 128 bits.
    var integral: Int128? {
        switch type {
        case TypeID.int8: integer(Int64.self).map { Int128($0) }
        case TypeID.int4: integer(Int32.self).map { Int128($0) }
        case TypeID.int2: integer(Int16.self).map { Int128($0) }
        case TypeID.numeric: unsafe NumericDigits(bytes)?.integral
        default: nil
        }
    }
}

/// A type that a column can be decoded to.
package protocol PostgresDecodable {
    /// Decodes a cell that is not NULL, or returns `nil` when the value or its type does not fit.
    static func decode(_ cell: borrowing PostgresCell) -> Self?
}

extension Int128: PostgresDecodable {
    package static func decode(_ cell: borrowing PostgresCell) -> Int128? { cell.integral }
}

extension Int64: PostgresDecodable {
    package static func decode(_ cell: borrowing PostgresCell) -> Int64? {
        cell.integral.flatMap { Int64(exactly: $0) }
    }
}

extension Int32: PostgresDecodable {
    package static func decode(_ cell: borrowing PostgresCell) -> Int32? {
        cell.integral.flatMap { Int32(exactly: $0) }
    }
}

extension Int16: PostgresDecodable {
    package static func decode(_ cell: borrowing PostgresCell) -> Int16? {
        cell.integral.flatMap { Int16(exactly: $0) }
    }
}

extension Int: PostgresDecodable {
    package static func decode(_ cell: borrowing PostgresCell) -> Int? {
        cell.integral.flatMap { Int(exactly: $0) }
    }
}

extension Bool: PostgresDecodable {
    package static func decode(_ cell: borrowing PostgresCell) -> Bool? {
        cell.type == TypeID.bool ? cell.integer(UInt8.self).map { $0 != 0 } : nil
    }
}

extension MoneySum: PostgresDecodable {
    /// Decodes pico-dollars.
    package static func decode(_ cell: borrowing PostgresCell) -> MoneySum? {
        cell.integral.map { MoneySum(picoDollars: $0) }
    }
}

extension Timestamp: PostgresDecodable {
    package static func decode(_ cell: borrowing PostgresCell) -> Timestamp? {
        guard cell.type == TypeID.timestamptz || cell.type == TypeID.timestamp else { return nil }
        guard let microseconds = cell.integer(Int64.self) else { return nil }
        // The two extreme values are PostgreSQL's `-infinity` and `infinity`.
        guard microseconds != .min, microseconds <= .max - postgresEpochMicroseconds else { return nil }
        return Timestamp(microseconds: microseconds + postgresEpochMicroseconds)
    }
}

extension String: PostgresDecodable {
    /// Decodes texts, `json`, `jsonb`, `uuid`, `numeric` and whatever else is sent as UTF-8.
    package static func decode(_ cell: borrowing PostgresCell) -> String? {
        switch cell.type {
        case TypeID.numeric: return unsafe NumericDigits(cell.bytes)?.text
        case TypeID.int2, TypeID.int4, TypeID.int8: return cell.integral.map { String($0) }
        case TypeID.uuid: return unsafe uuidText(cell.bytes)
        case TypeID.bool, TypeID.bytea, TypeID.timestamp, TypeID.timestamptz: return nil
        // A version number comes first.
        case TypeID.jsonb: return unsafe String(validating: cell.bytes.dropFirst(), as: UTF8.self)
        default: return unsafe String(validating: cell.bytes, as: UTF8.self)
        }
    }

    private static func uuidText(_ bytes: UnsafeRawBufferPointer) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for unsafe(index, byte) in unsafe bytes.enumerated() {
            if [4, 6, 8, 10].contains(index) { text.append(UInt8(ascii: "-")) }
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// Arrays of integers, texts, bytes; and `[UInt8]` for `bytea` and `uuid`.
extension Array: PostgresDecodable where Element: PostgresArrayElement {
    package static func decode(_ cell: borrowing PostgresCell) -> [Element]? { Element.decodeArray(cell) }
}

/// A type whose arrays can be decoded.
package protocol PostgresArrayElement {
    /// Decodes an array without NULLs, or returns `nil`.
    static func decodeArray(_ cell: borrowing PostgresCell) -> [Self]?
}

extension UInt8: PostgresArrayElement {
    package static func decodeArray(_ cell: borrowing PostgresCell) -> [UInt8]? {
        cell.type == TypeID.bytea || cell.type == TypeID.uuid ? unsafe Array(cell.bytes) : nil
    }
}

extension PostgresArrayElement where Self: PostgresDecodable {
    package static func decodeArray(_ cell: borrowing PostgresCell) -> [Self]? {
        unsafe decodeElements(cell.bytes) { Self.decode($0) }
    }
}

extension Int64: PostgresArrayElement {}
extension Int32: PostgresArrayElement {}
extension Int16: PostgresArrayElement {}
extension Int128: PostgresArrayElement {}
extension String: PostgresArrayElement {}
extension Array: PostgresArrayElement where Element == UInt8 {}

/// Reads a one-dimensional array: dimensions, NULL flag, element type, size and lower bound, then each element.
private func decodeElements<Element>(
    _ bytes: UnsafeRawBufferPointer,
    _ decode: (borrowing PostgresCell) -> Element?
) -> [Element]? {
    func integer(at offset: Int) -> Int32? {
        guard offset + 4 <= bytes.count else { return nil }
        return unsafe Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self))
    }
    guard let dimensions = integer(at: 0), let type = integer(at: 8) else { return nil }
    if dimensions == 0 { return [] }
    guard dimensions == 1, let count = integer(at: 12), count >= 0 else { return nil }
    var elements: [Element] = []
    var offset = 20
    for _ in 0..<count {
        guard let length = integer(at: offset), length >= 0 else { return nil }
        let start = offset + 4
        offset = start + Int(length)
        guard offset <= bytes.count else { return nil }
        let slice = unsafe UnsafeRawBufferPointer(rebasing: bytes[start..<offset])
        let cell = unsafe PostgresCell(type: UInt32(bitPattern: type), bytes: slice)
        guard let element = decode(cell) else { return nil }
        elements.append(element)
    }
    return elements
}
