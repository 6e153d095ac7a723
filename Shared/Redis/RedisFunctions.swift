private import Streams

/// Calls the function library over a pool, and loads it where it is missing.
struct RedisFunctions: Sendable {
    let pool: RedisPool

    /// Sends all calls in one round trip; an error reply fails only its own call.
    ///
    /// A server that has lost the library (or never had it) gets it, and only the calls that found none are repeated.
    /// - Throws: when the connection breaks: the calls may or may not have been made.
    func call<Value: Sendable>(
        _ commands: [RedisCommand],
        decode: @escaping @Sendable (ReplyView) throws(RedisError) -> Value
    ) async throws -> [Result<Value, RedisError>] {
        if commands.isEmpty { return [] }
        return try await pool.withConnection { connection in
            var results = try await connection.exchange(commands, decode: decode)
            let missing = results.indices.filter { results[$0].failureCode == .functionMissing }
            guard !missing.isEmpty else { return results }
            try await Self.load(on: connection)
            let repeated = try await connection.exchange(missing.map { commands[$0] }, decode: decode)
            for (index, result) in zip(missing, repeated) { results[index] = result }
            return results
        }
    }

    /// As `call`, for when any failure fails the whole.
    ///
    /// - Throws: also the first error reply, after all calls were made.
    func callAll<Value: Sendable>(
        _ commands: [RedisCommand],
        decode: @escaping @Sendable (ReplyView) throws(RedisError) -> Value
    ) async throws -> [Value] {
        try await call(commands, decode: decode).map { try $0.get() }
    }

    /// The sum of the numbers that the calls return.
    func sum(_ commands: [RedisCommand]) async throws -> Int {
        try await callAll(commands, decode: Self.integer).reduce(0, +)
    }

    /// Decodes a number.
    static let integer: @Sendable (ReplyView) throws(RedisError) -> Int = { reply throws(RedisError) in
        guard let value = reply.integer else { throw RedisError(.invalidReply, "expected a number") }
        return Int(value)
    }

    /// Adds the library; an equal one may be there already.
    ///
    /// - Throws: `functionConflict` when the server holds another library under the same name.
    static func load(on connection: RedisConnection) async throws(RedisError) {
        do {
            try await connection.send(RedisCommand("FUNCTION", "LOAD", FunctionLibrary.code))
        } catch  where error.message.contains("already exists") {
            let listed = try await connection.send(
                RedisCommand("FUNCTION", "LIST", "LIBRARYNAME", FunctionLibrary.name, "WITHCODE")
            )
            guard listed.elements.first?.fields["library_code"]?.text == FunctionLibrary.code else {
                throw RedisError(
                    .functionConflict,
                    "redis holds another function library \(FunctionLibrary.name): this build and the one that loaded "
                        + "it must not run against the same server"
                )
            }
        }
    }
}

extension Result where Failure == RedisError {
    var failureCode: RedisError.Code? {
        if case .failure(let error) = self { error.code } else { nil }
    }
}
