private import CHiredis
internal import NIOCore

/// Reads replies from the bytes of a connection, with the client library's parser.
@safe final class ReplyReader {
    private let reader: UnsafeMutablePointer<redisReader>

    init() {
        guard let made = unsafe redisReaderCreate() else { preconditionFailure("no memory for a connection") }
        unsafe reader = made
    }

    deinit {
        unsafe redisReaderFree(reader)
    }

    /// Takes in bytes of the server.
    func feed(_ bytes: ByteBuffer) throws(RedisError) {
        let status = unsafe bytes.withUnsafeReadableBytes { bytes in
            unsafe redisReaderFeed(reader, bytes.baseAddress, bytes.count)
        }
        guard status == REDIS_OK else { throw failure() }
    }

    /// Lets `body` look at the next reply.
    ///
    /// - Returns: Whether there was a whole one.
    func next(_ body: (ReplyView) throws(RedisError) -> Void) throws(RedisError) -> Bool {
        var pointer: UnsafeMutableRawPointer?
        guard unsafe redisReaderGetReply(reader, &pointer) == REDIS_OK else { throw failure() }
        guard let view = unsafe ReplyView(pointer) else { return false }
        defer { unsafe freeReplyObject(pointer) }
        try body(view)
        return true
    }

    private func failure() -> RedisError {
        let message = unsafe withUnsafeBytes(of: &reader.pointee.errstr) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        return RedisError(.connectionLost, message.isEmpty ? "the reply cannot be read" : message)
    }
}

@available(*, unavailable)
extension ReplyReader: Sendable {}
