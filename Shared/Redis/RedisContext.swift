private import CHiredis
private import Glibc

/// Owns one context of the client library.
///
/// Used by one `RedisConnection` on its thread only.
@safe final class RedisContext {
    private let context: UnsafeMutablePointer<redisContext>
    private var timeout: Duration

    /// Connects; blocks at most for the configuration's connect timeout (and the name's resolution).
    init(_ configuration: RedisConfiguration) throws(RedisError) {
        let limit = timeval(configuration.connectTimeout)
        let made: UnsafeMutablePointer<redisContext>? =
            switch configuration.endpoint {
            case .tcp(let host, let port): unsafe redisConnectWithTimeout(host, Int32(port), limit)
            case .unix(let path): unsafe redisConnectUnixWithTimeout(path, limit)
            }
        guard let made = unsafe made else { throw RedisError(.connectionLost, "no memory for a connection") }
        guard unsafe made.pointee.err == 0 else {
            let message = unsafe errorText(made)
            unsafe redisFree(made)
            throw RedisError(.connectionLost, "cannot reach \(configuration): \(message)")
        }
        unsafe context = made
        timeout = .zero
        setTimeout(configuration.commandTimeout)
    }

    deinit {
        unsafe redisFree(context)
    }

    /// The socket.
    var descriptor: Int32 { unsafe context.pointee.fd }

    /// How long one read or write may block from now on.
    func setTimeout(_ duration: Duration) {
        guard duration != timeout else { return }
        timeout = duration
        // It fails only for a context that is broken already, which the next command will say.
        unsafe _ = redisSetTimeout(context, timeval(duration))
    }

    /// Puts a command into the output buffer.
    func append(_ command: RedisCommand) throws(RedisError) {
        for part in [command.header, command.body] {
            let status = unsafe part.withUnsafeBytes { bytes in
                let text = unsafe bytes.assumingMemoryBound(to: CChar.self)
                return unsafe redisAppendFormattedCommand(context, text.baseAddress, text.count)
            }
            guard status == REDIS_OK else { throw failure() }
        }
    }

    /// Sends what is in the output buffer, waits for one reply and lets `decode` look at it.
    func reply<Value>(_ decode: (ReplyView) throws(RedisError) -> Value) throws(RedisError) -> Value {
        var pointer: UnsafeMutableRawPointer?
        guard unsafe redisGetReply(context, &pointer) == REDIS_OK, let view = unsafe ReplyView(pointer) else {
            throw failure()
        }
        defer { unsafe freeReplyObject(pointer) }
        return try decode(view)
    }

    private func failure() -> RedisError {
        // The library leaves `errno` as the failed call set it.
        let number = errno
        let message = unsafe errorText(context)
        if unsafe context.pointee.err == REDIS_ERR_IO, number == EAGAIN || number == EWOULDBLOCK {
            return RedisError(.timeout, "no answer within \(timeout)")
        }
        return RedisError(.connectionLost, message.isEmpty ? "the connection broke" : message)
    }
}

private func errorText(_ context: UnsafeMutablePointer<redisContext>) -> String {
    unsafe withUnsafeBytes(of: &context.pointee.errstr) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
}

private func timeval(_ duration: Duration) -> timeval {
    let (seconds, attoseconds) = duration.components
    return Glibc.timeval(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
}
