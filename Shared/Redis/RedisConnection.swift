internal import NIOCore
private import NIOPosix

/// One connection to Redis, served by an event loop.
///
/// After an error of the connection itself it is closed for good: replies could otherwise be taken for those of
/// another command. Ask the pool for another one.
package final class RedisConnection: Sendable {
    private let channel: any Channel
    private let replies: NIOLoopBound<ReplyHandler>
    private let configuration: RedisConfiguration

    private init(_ channel: any Channel, _ replies: NIOLoopBound<ReplyHandler>, _ configuration: RedisConfiguration) {
        self.channel = channel
        self.replies = replies
        self.configuration = configuration
    }

    deinit {
        channel.close(promise: nil)
    }

    /// Connects, authenticates and selects the database.
    static func open(
        _ configuration: RedisConfiguration,
        on loop: any EventLoop
    ) async throws(RedisError) -> RedisConnection {
        let connection = try await connect(configuration, on: loop)
        do {
            try await connection.greet()
        } catch {
            await connection.close()
            throw error
        }
        return connection
    }

    private static func connect(
        _ configuration: RedisConfiguration,
        on loop: any EventLoop
    ) async throws(RedisError) -> RedisConnection {
        let patience = TimeAmount(configuration.connectTimeout)
        let bootstrap = ClientBootstrap(group: loop)
        do {
            let (channel, replies) =
                switch configuration.endpoint {
                case .tcp(let host, let port):
                    if let address = try? SocketAddress(ipAddress: host, port: port) {
                        try await bootstrap.connectTimeout(patience).connect(to: address, channelInitializer: equip)
                    } else {
                        try await bootstrap.connectTimeout(patience + lookUpTime)
                            .connect(host: host, port: port, channelInitializer: equip)
                    }
                case .unix(let path):
                    try await bootstrap.connectTimeout(patience)
                        .connect(unixDomainSocketPath: path, channelInitializer: equip)
                }
            return RedisConnection(channel, replies, configuration)
        } catch {
            throw RedisError(.connectionLost, "cannot reach \(configuration): \(reason(for: error))")
        }
    }

    @Sendable
    private static func equip(
        _ channel: any Channel
    ) -> EventLoopFuture<(any Channel, NIOLoopBound<ReplyHandler>)> {
        channel.eventLoop.makeCompletedFuture {
            let handler = ReplyHandler()
            try channel.pipeline.syncOperations.addHandler(handler)
            return (channel, NIOLoopBound(handler, eventLoop: channel.eventLoop))
        }
    }

    /// What a name may take that a first name server does not know; giving up earlier would not end the question.
    private static let lookUpTime = TimeAmount.seconds(10)

    private static func reason(for error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError where !error.connectionErrors.isEmpty:
            error.connectionErrors.map { "\($0.error)" }.joined(separator: "; ")
        default: "\(error)"
        }
    }

    private func greet() async throws(RedisError) {
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
        let results = try await exchange(commands, decode: { $0.copy })
        for case .failure(let error) in results {
            // A server that does not know AUTH repeats what came with it.
            if let password = configuration.password, error.message.contains(password) {
                throw RedisError(.authentication, "the server does not take AUTH")
            }
            throw error
        }
    }

    /// Sends all commands at once and decodes their replies in order; an error reply fails only its own command.
    ///
    /// `timeout` is how long the server may be silent; it stands in for the configuration's command timeout. `decode`
    /// runs on the connection's event loop. Throws only when the connection breaks; then nothing is known about what
    /// the commands did.
    func exchange<Value: Sendable>(
        _ commands: [RedisCommand],
        timeout: Duration? = nil,
        decode: @escaping @Sendable (ReplyView) throws(RedisError) -> Value
    ) async throws(RedisError) -> [Result<Value, RedisError>] {
        if commands.isEmpty { return [] }
        let bytes = ByteBuffer(commands)
        let timeout = timeout ?? configuration.commandTimeout
        let outcome = await withCheckedContinuation { continuation in
            let exchange = Exchange(commands.count, on: channel.eventLoop, decode: decode, continuation)
            if channel.eventLoop.inEventLoop {
                replies.value.send(bytes, exchange, timeout)
            } else {
                channel.eventLoop.execute { self.replies.value.send(bytes, exchange, timeout) }
            }
        }
        return try outcome.get()
    }

    /// Sends commands and copies their replies; an error reply stands in its place.
    package func pipeline(_ commands: [RedisCommand]) async throws(RedisError) -> [RedisReply] {
        try await exchange(commands, decode: { $0.copy }).map { result in
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
    package func send(_ command: RedisCommand) async throws(RedisError) -> RedisReply {
        guard let result = try await exchange([command], decode: { $0.copy }).first else { return .null }
        return try result.get()
    }

    /// Ends the connection; who waits for a reply gets an error.
    func close() async {
        // It fails only when the connection has ended already.
        try? await channel.close()
    }

    /// Breaks the connection at once, without waiting for its end: a call that waits for the server gets an error.
    func interrupt() {
        channel.close(promise: nil)
    }

    /// Whether the connection can still be used, as far as is known.
    var isReady: Bool { channel.isActive }
}

extension ByteBuffer {
    /// Commands as they go over the wire.
    fileprivate init(_ commands: [RedisCommand]) {
        self.init()
        reserveCapacity(commands.reduce(0) { $0 + 8 + $1.body.count })
        for command in commands {
            writeString("*\(command.count)\r\n")
            writeBytes(command.body)
        }
    }
}
