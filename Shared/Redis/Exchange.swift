internal import NIOCore

/// Commands on their way, as the connection sees them: whose replies come next.
protocol AwaitedReplies: Sendable {
    /// Takes in the next reply, on the connection's event loop.
    ///
    /// - Returns: Whether it was the last.
    func take(_ reply: ReplyView) -> Bool
    /// Tells that there will be no more replies.
    func fail(_ error: RedisError)
}

/// Commands on their way, the replies that have come, and who waits for them.
final class Exchange<Value: Sendable>: AwaitedReplies {
    typealias Outcome = Result<[Result<Value, RedisError>], RedisError>

    private let count: Int
    private let decode: @Sendable (ReplyView) throws(RedisError) -> Value
    private let results: NIOLoopBoundBox<[Result<Value, RedisError>]>
    private let continuation: CheckedContinuation<Outcome, Never>

    /// Waits for so many replies of a connection on this event loop.
    init(
        _ count: Int,
        on loop: any EventLoop,
        decode: @escaping @Sendable (ReplyView) throws(RedisError) -> Value,
        _ continuation: CheckedContinuation<Outcome, Never>
    ) {
        self.count = count
        self.decode = decode
        self.continuation = continuation
        results = .makeBoxSendingValue([], eventLoop: loop)
    }

    func take(_ reply: ReplyView) -> Bool {
        if let error = reply.error {
            results.value.append(.failure(error))
        } else {
            results.value.append(Result { () throws(RedisError) in try decode(reply) })
        }
        guard results.value.count == count else { return false }
        continuation.resume(returning: .success(results.value))
        return true
    }

    func fail(_ error: RedisError) {
        continuation.resume(returning: .failure(error))
    }
}
