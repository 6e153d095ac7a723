internal import BlockingExecutor
private import Glibc
private import Synchronization

/// One connection to Redis, on a thread apart, so that waiting for the server blocks nobody else.
///
/// After an error of the connection itself it is closed for good: replies could otherwise be taken for those of
/// another command. Ask the pool for another one.
package actor RedisConnection {
    private struct State {
        var socket: Socket?
        var isInterrupted = false
    }

    private let executor: BlockingExecutor
    private let configuration: RedisConfiguration
    private var context: RedisContext?
    private let state = Mutex(State())

    nonisolated package var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }

    /// A connection yet to be opened; without a thread it makes one.
    init(_ configuration: RedisConfiguration, thread: BlockingExecutor? = nil) {
        self.configuration = configuration
        executor = thread ?? BlockingExecutor()
    }

    isolated deinit {
        close()
    }

    /// Connects, authenticates and selects the database.
    func open() throws(RedisError) {
        let made = try RedisContext(configuration)
        let socket = try Socket(sharing: made.descriptor)
        let isInterrupted = state.withLock { state in
            state.socket = socket
            return state.isInterrupted
        }
        context = made
        if isInterrupted {
            close()
            throw RedisError(.connectionLost, "the connection was interrupted")
        }
        do {
            try greet()
        } catch {
            close()
            throw error
        }
    }

    private func greet() throws(RedisError) {
        var commands: [RedisCommand] = []
        if let password = configuration.password {
            var command = RedisCommand("AUTH")
            if let user = configuration.user { command.append(user) }
            command.append(password)
            commands.append(command)
        }
        if configuration.database != 0 {
            commands.append(RedisCommand("SELECT", String(configuration.database)))
        }
        // A server that is still loading would answer the first real command only with an error.
        commands.append(RedisCommand("PING"))
        for result in try exchange(commands, decode: { $0.copy }) {
            _ = try result.get()
        }
    }

    /// Sends all commands at once and decodes their replies in order; an error reply fails only its own command.
    ///
    /// `timeout` stands in for the configuration's command timeout. Throws only when the connection breaks; then
    /// nothing is known about what the commands did.
    func exchange<Value: Sendable>(
        _ commands: [RedisCommand],
        timeout: Duration? = nil,
        decode: @Sendable (ReplyView) throws(RedisError) -> Value
    ) throws(RedisError) -> [Result<Value, RedisError>] {
        guard let context else { throw RedisError(.connectionLost, "the connection is closed") }
        context.setTimeout(timeout ?? configuration.commandTimeout)
        var results: [Result<Value, RedisError>] = []
        results.reserveCapacity(commands.count)
        do {
            for command in commands { try context.append(command) }
            for _ in commands {
                results.append(
                    try context.reply { reply throws(RedisError) in
                        if let error = reply.error { return .failure(error) }
                        return Result { () throws(RedisError) in try decode(reply) }
                    }
                )
            }
        } catch {
            close()
            throw error
        }
        return results
    }

    /// Sends commands and copies their replies; an error reply stands in its place.
    package func pipeline(_ commands: [RedisCommand]) throws(RedisError) -> [RedisReply] {
        try exchange(commands, decode: { $0.copy }).map { result in
            switch result {
            case .success(let reply): reply
            case .failure(let error): .error(error)
            }
        }
    }

    /// Sends one command.
    ///
    /// - Throws: also the server's error reply.
    @discardableResult
    package func send(_ command: RedisCommand) throws(RedisError) -> RedisReply {
        guard let result = try exchange([command], decode: { $0.copy }).first else { return .null }
        return try result.get()
    }

    /// Ends the connection.
    func close() {
        state.withLock { $0.socket = nil }
        context = nil
    }

    /// Breaks the connection from any thread: a call that waits for the server returns at once, with an error.
    nonisolated func interrupt() {
        let socket = state.withLock { state in
            state.isInterrupted = true
            return state.socket
        }
        socket?.shutDown()
    }

    /// Whether an idle connection can still be used: the server has neither closed it nor sent anything.
    nonisolated var isReady: Bool {
        state.withLock { $0.isInterrupted ? nil : $0.socket }?.isQuiet == true
    }
}

/// A second descriptor of a connection's socket, for other threads.
///
/// It stays valid as long as anybody holds it, whatever the connection does meanwhile: so nobody can hit a number that
/// was closed and given to somebody else.
private final class Socket: Sendable {
    private let descriptor: Int32

    init(sharing descriptor: Int32) throws(RedisError) {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw RedisError(.connectionLost, "no file descriptor is left for a connection") }
        self.descriptor = copy
    }

    deinit {
        _ = Glibc.close(descriptor)
    }

    /// Ends all traffic; who waits for some gets an error.
    func shutDown() {
        _ = shutdown(descriptor, Int32(SHUT_RDWR))
    }

    /// Whether the peer is there and silent.
    var isQuiet: Bool {
        var byte: UInt8 = 0
        let count = unsafe recv(descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
        return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)
    }
}
