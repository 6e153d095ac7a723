private import CHiredis
import Streams

/// A look at a reply that the client library owns.
///
/// It lives as long as the decoding closure that it is given to, which runs on the connection's event loop and must not
/// keep it. So no reply is copied twice.
@safe struct ReplyView {
    private let reply: UnsafeMutablePointer<redisReply>

    /// Wraps a reply; `nil` for none.
    init?(_ pointer: UnsafeMutableRawPointer?) {
        guard let pointer = unsafe pointer else { return nil }
        unsafe reply = pointer.assumingMemoryBound(to: redisReply.self)
    }

    private init?(element: UnsafeMutablePointer<redisReply>?) {
        guard let element = unsafe element else { return nil }
        unsafe reply = element
    }

    private var type: Int32 { unsafe reply.pointee.type }

    var isNull: Bool { type == REDIS_REPLY_NIL }

    /// The error, when the reply is one.
    var error: RedisError? {
        type == REDIS_REPLY_ERROR ? RedisError(reply: String(decoding: bytes, as: UTF8.self)) : nil
    }

    var integer: Int64? {
        type == REDIS_REPLY_INTEGER ? unsafe Int64(reply.pointee.integer) : nil
    }

    /// How many elements an array has; 0 for anything else.
    var count: Int {
        type == REDIS_REPLY_ARRAY ? unsafe reply.pointee.elements : 0
    }

    /// An element of an array; `nil` beyond its end.
    subscript(index: Int) -> ReplyView? {
        guard index < count, let elements = unsafe reply.pointee.element else { return nil }
        return unsafe ReplyView(element: elements[index])
    }

    /// A copy of the string; empty for what is none.
    var bytes: [UInt8] {
        unsafe Array(buffer)
    }

    /// The entry id that the string spells.
    var entryID: EntryID? {
        unsafe EntryID(ascii: Span<UInt8>(_unsafeBytes: buffer))
    }

    /// Whether the string is this one ASCII character.
    func isCharacter(_ character: UInt8) -> Bool {
        let buffer = unsafe buffer
        return unsafe buffer.count == 1 && buffer[0] == character
    }

    /// The number of the partition in the hash tag at the end of a key.
    var partitionOfKey: Partition? {
        // `{p`, at most four digits, `}`
        let tail = unsafe Array(buffer.suffix(7))
        guard
            tail.last == UInt8(ascii: "}"),
            let open = tail.lastIndex(of: UInt8(ascii: "{")),
            open < tail.count - 1
        else { return nil }
        return Partition(String(decoding: tail[(open + 1)..<(tail.count - 1)], as: UTF8.self))
    }

    /// A copy of the whole.
    var copy: RedisReply {
        switch type {
        case REDIS_REPLY_NIL: .null
        case REDIS_REPLY_INTEGER: .integer(integer ?? 0)
        case REDIS_REPLY_ARRAY: .array((0..<count).map { self[$0]?.copy ?? .null })
        case REDIS_REPLY_ERROR: .error(error ?? RedisError(.reply, ""))
        default: .string(bytes)
        }
    }

    /// The string's bytes in place.
    private var buffer: UnsafeRawBufferPointer {
        switch type {
        case REDIS_REPLY_STRING, REDIS_REPLY_STATUS, REDIS_REPLY_ERROR:
            unsafe UnsafeRawBufferPointer(start: reply.pointee.str, count: reply.pointee.len)
        default:
            unsafe UnsafeRawBufferPointer(start: nil, count: 0)
        }
    }
}
