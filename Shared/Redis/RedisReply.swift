/// An answer of Redis, copied out of the client library.
package enum RedisReply: Hashable, Sendable {
    case null
    case integer(Int64)
    /// A bulk or a status string.
    case string([UInt8])
    case array([RedisReply])
    /// An error, where the caller asked for replies one by one.
    case error(RedisError)

    /// The number, also when it came as a string.
    package var integer: Int64? {
        switch self {
        case .integer(let value): value
        case .string(let bytes): Int64(String(decoding: bytes, as: UTF8.self))
        default: nil
        }
    }

    /// The string as text.
    package var text: String? {
        if case .string(let bytes) = self { String(decoding: bytes, as: UTF8.self) } else { nil }
    }

    /// The string's bytes.
    package var bytes: [UInt8]? {
        if case .string(let bytes) = self { bytes } else { nil }
    }

    /// The elements; empty for anything but an array.
    package var elements: [RedisReply] {
        if case .array(let elements) = self { elements } else { [] }
    }

    /// The values of an array that alternates names and values.
    package var fields: [String: RedisReply] {
        let elements = elements
        var fields: [String: RedisReply] = [:]
        for index in stride(from: 0, to: elements.count - 1, by: 2) {
            if let name = elements[index].text { fields[name] = elements[index + 1] }
        }
        return fields
    }
}
