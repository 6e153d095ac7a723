package import Domain

/// A parameter of a statement.
///
/// Numbers and texts are sent as text, so they fit whatever type the server infers. Bytes, times, ids and arrays are
/// sent in binary form: the statement must give them exactly that type, if need be by a cast, as in
/// `unnest($1::bigint[], $2::text[])`.
package struct PostgresValue: Sendable {
    enum Storage: Sendable {
        case null
        case text(String)
        case integer(Int64)
        case binary([UInt8])
    }

    let storage: Storage

    /// NULL.
    package static let null = PostgresValue(storage: .null)

    /// An integer of any width, or NULL.
    package static func int(_ value: Int64?) -> PostgresValue {
        PostgresValue(storage: value.map { .integer($0) } ?? .null)
    }

    /// An integer of any width.
    package static func int(_ value: Int) -> PostgresValue {
        PostgresValue(storage: .integer(Int64(value)))
    }

    /// An integral `numeric`, or NULL.
    package static func numeric(_ value: Int128?) -> PostgresValue {
        PostgresValue(storage: value.map { .text(String($0)) } ?? .null)
    }

    /// A text, or any type in its text form (`jsonb`, `uuid`, `interval`, an enum), or NULL.
    package static func text(_ value: String?) -> PostgresValue {
        PostgresValue(storage: value.map { .text($0) } ?? .null)
    }

    /// A `boolean`, or NULL.
    package static func bool(_ value: Bool?) -> PostgresValue {
        PostgresValue(storage: value.map { .text($0 ? "t" : "f") } ?? .null)
    }

    /// A `bytea`, or NULL; 16 bytes also make a `uuid`.
    package static func bytes(_ value: [UInt8]?) -> PostgresValue {
        PostgresValue(storage: value.map { .binary($0) } ?? .null)
    }

    /// A `timestamptz`, or NULL.
    package static func timestamp(_ value: Timestamp?) -> PostgresValue {
        guard let value else { return .null }
        var bytes: [UInt8] = []
        bytes.appendBigEndian(postgresMicroseconds(value.microseconds))
        return PostgresValue(storage: .binary(bytes))
    }

    private static func array<Element>(
        _ elements: [Element?],
        of type: UInt32,
        write: (Element, inout [UInt8]) -> Void
    ) -> PostgresValue {
        var bytes: [UInt8] = []
        bytes.appendArray(elements, of: type, write: write)
        return PostgresValue(storage: .binary(bytes))
    }

    /// A `bigint[]`.
    package static func int64Array(_ elements: [Int64?]) -> PostgresValue {
        array(elements, of: TypeID.int8) { $1.appendBigEndian($0) }
    }

    /// An `integer[]`.
    package static func int32Array(_ elements: [Int32?]) -> PostgresValue {
        array(elements, of: TypeID.int4) { $1.appendBigEndian($0) }
    }

    /// A `smallint[]`.
    package static func int16Array(_ elements: [Int16?]) -> PostgresValue {
        array(elements, of: TypeID.int2) { $1.appendBigEndian($0) }
    }

    /// A `boolean[]`.
    package static func boolArray(_ elements: [Bool?]) -> PostgresValue {
        array(elements, of: TypeID.bool) { $1.append($0 ? 1 : 0) }
    }

    /// A `text[]`; the server refuses an element with a NUL.
    package static func textArray(_ elements: [String?]) -> PostgresValue {
        array(elements, of: TypeID.text) { $1.append(contentsOf: $0.utf8) }
    }

    /// A `bytea[]`.
    package static func bytesArray(_ elements: [[UInt8]?]) -> PostgresValue {
        array(elements, of: TypeID.bytea) { $1.append(contentsOf: $0) }
    }

    /// A `uuid[]`; each element has 16 bytes.
    package static func uuidArray(_ elements: [[UInt8]?]) -> PostgresValue {
        array(elements, of: TypeID.uuid) { $1.append(contentsOf: $0) }
    }

    /// A `numeric[]` of integers.
    package static func numericArray(_ elements: [Int128?]) -> PostgresValue {
        array(elements, of: TypeID.numeric) { $1.appendNumeric($0) }
    }

    /// A `timestamptz[]`.
    package static func timestampArray(_ elements: [Timestamp?]) -> PostgresValue {
        array(elements, of: TypeID.timestamptz) { $1.appendBigEndian(postgresMicroseconds($0.microseconds)) }
    }
}

extension PostgresValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByNilLiteral
{
    package init(stringLiteral value: String) { self = .text(value) }
    package init(integerLiteral value: Int64) { self = .int(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(nilLiteral: ()) { self = .null }
}
