internal import Domain
package import Streams

/// Holds on Redis: amounts that counters reserve until an event is counted, or the hold is released or expires.
package final class RedisHolds: Sendable {
    private let pool: RedisPool
    private let functions: RedisFunctions

    /// Holds that one call of the sweep ends at most: Redis serves nobody else meanwhile.
    private static let sweepLimit = 500

    package init(pool: RedisPool) {
        self.pool = pool
        self.functions = RedisFunctions(pool: pool)
    }

    /// Decides requests in one round trip, each in one step: all its counters hold the amount, or none.
    ///
    /// - Returns: An answer or an error for each request, in their order.
    /// - Throws: When the connection breaks: holds may or may not have been made, and expire by themselves.
    package func decide(_ requests: [HoldRequest]) async throws -> [Result<HoldAnswer, RedisError>] {
        let replies = try await functions.call(requests.map(command), decode: { $0.copy })
        return zip(requests, replies).map { request, reply in
            reply.flatMap { reply in
                HoldAnswer(reply.elements, to: request).map(Result.success)
                    ?? .failure(RedisError(.invalidReply, "a preflight was answered in an unknown form"))
            }
        }
    }

    /// Lets an open hold live at least so long from now.
    package func extend(_ id: HoldID, of workspace: String?, by timeToLive: Duration) async throws -> HoldChange {
        var command = command(.extend, id, workspace)
        command.append(max(1, timeToLive.wholeMilliseconds))
        let code = try await functions.sum([command])
        return HoldChange(code: code, expiresAt: Timestamp(milliseconds: Int64(code)))
    }

    /// Ends an open hold.
    package func release(_ id: HoldID, of workspace: String?) async throws -> HoldChange {
        HoldChange(code: try await functions.sum([command(.release, id, workspace)]), expiresAt: nil)
    }

    /// How many holds have not ended, by partition.
    package func counts(_ partitions: [Partition]) async throws -> [Int] {
        let replies = try await pool.pipeline(partitions.map { RedisCommand("ZCARD", StreamKeys.holds($0)) })
        try replies.throwFirstError()
        return replies.map { Int($0.integer ?? 0) }
    }

    /// Ends what has expired.
    ///
    /// Any number of replicas may do so at once.
    ///
    /// - Returns: How many holds were ended.
    package func sweep(_ partitions: [Partition]) async throws -> Int {
        var ended = 0
        var due = partitions
        while !due.isEmpty {
            let counts = try await functions.callAll(due.map(Self.sweepCommand), decode: RedisFunctions.integer)
            ended += counts.reduce(0, +)
            due = zip(due, counts).filter { $1 == Self.sweepLimit }.map(\.0)
        }
        return ended
    }

    /// The holds of a partition that have not ended, the next to expire first, those that are committed last.
    ///
    /// - Parameters:
    ///   - partition: Where to look.
    ///   - offset: How many to leave out.
    ///   - limit: How many to look at.
    /// - Returns: The holds; fewer than the limit when some ended meanwhile, empty behind the last.
    /// - Throws: `RedisError`.
    package func list(_ partition: Partition, from offset: Int, limit: Int) async throws -> [HoldRecord] {
        let range = RedisCommand("ZRANGE", StreamKeys.holds(partition), "\(offset)", "\(offset + limit - 1)")
        let ids = try await pool.send(range).elements.compactMap(\.text)
        if ids.isEmpty { return [] }
        let replies = try await pool.pipeline(
            ids.map { RedisCommand("HMGET", StreamKeys.hold($0, partition), "s", "w", "m", "p", "t", "x", "c") }
        )
        try replies.throwFirstError()
        return zip(ids, replies).compactMap { HoldRecord(id: $0, $1.elements, in: partition) }
    }

    private static func sweepCommand(_ partition: Partition) -> RedisCommand {
        var command = RedisCommand(.sweep, keys: 1)
        command.append(StreamKeys.holds(partition))
        command.append(sweepLimit)
        return command
    }

    private func command(_ function: FunctionLibrary.Function, _ id: HoldID, _ workspace: String?) -> RedisCommand {
        var command = RedisCommand(function, keys: 1)
        command.append(StreamKeys.holds(id.partition))
        command.append(id.text)
        command.append(workspace ?? "")
        return command
    }

    private func command(_ request: HoldRequest) -> RedisCommand {
        let partition = request.partition
        var command = RedisCommand(.preflight, keys: 2 + request.counters.count, capacity: 1_024)
        command.append(StreamKeys.budgets(partition))
        command.append(StreamKeys.epoch(partition))
        for counter in request.counters { command.append(StreamKeys.counter(counter.use.name, partition)) }
        command.append(request.budgetsVersion)
        command.append(request.workspace)
        command.append(request.hold?.id.text ?? "")
        command.append(max(1, request.hold?.timeToLive.wholeMilliseconds ?? 1))
        command.append(request.amount)
        command.append(request.idempotency.map { StreamKeys.idempotency($0.name, partition) } ?? "")
        command.append(request.idempotency?.digest ?? "")
        command.append(request.hold?.note ?? "")
        command.append(request.scopes.map { "\($0.type.rawValue)\u{1F}\($0.id)" }.joined(separator: "\n"))
        for counter in request.counters {
            if let limit = counter.limit {
                command.append(limit)
            } else {
                command.append("")
                command.append("0")
            }
            command.append(counter.use.expiry)
        }
        return command
    }
}

private let picoPerMicro: Int128 = 1_000_000

extension RedisCommand {
    /// Adds whole micro-dollars, rounded down, and the rest in pico-dollars.
    fileprivate mutating func append(_ sum: MoneySum) {
        let (quotient, remainder) = sum.picoDollars.quotientAndRemainder(dividingBy: picoPerMicro)
        append(remainder < 0 ? quotient - 1 : quotient)
        append(remainder < 0 ? remainder + picoPerMicro : remainder)
    }
}

extension Timestamp {
    /// A time that a function told.
    fileprivate init(milliseconds: Int64) {
        self.init(microseconds: milliseconds * 1_000)
    }

    /// A time that a function told; `nil` for 0, which stands for none.
    fileprivate init?(told reply: RedisReply?) {
        guard let milliseconds = reply?.integer, milliseconds != 0 else { return nil }
        self.init(milliseconds: milliseconds)
    }
}

extension HoldLevel {
    /// Reads the text of levels: five numbers each.
    fileprivate static func list(_ reply: RedisReply?) -> [HoldLevel] {
        let words = (reply?.bytes ?? []).split(separator: UInt8(ascii: " "))
        let numbers: [Int64] = words.compactMap { Int64(String(decoding: $0, as: UTF8.self)) }
        let starts = stride(from: 0, to: numbers.count - 4, by: 5)
        return starts.map { (at: Int) -> HoldLevel in
            HoldLevel(
                spent: MoneySum(micro: numbers[at], rest: numbers[at + 1]),
                held: MoneySum(micro: numbers[at + 2], rest: numbers[at + 3]),
                isReady: numbers[at + 4] == 1
            )
        }
    }
}

extension HoldAnswer {
    fileprivate init?(_ reply: [RedisReply], to request: HoldRequest) {
        let levels = HoldLevel.list(reply.dropFirst().first)
        let word = reply.first?.text
        if word == "stale" || word == "conflict" {
            self = word == "stale" ? .stale : .conflict
            return
        }
        guard levels.count == request.counters.count else { return nil }
        switch (word, reply.count) {
        case ("not_ready", 2): self = .notReady(levels)
        case ("deny", 3): self = .denied(levels, firstEnds: reply[2].elements.map { Timestamp(told: $0) })
        case ("allow", 3):
            let isHeld = request.hold != nil
            let held = levels.map { level in
                HoldLevel(
                    spent: level.spent,
                    held: isHeld ? level.held + request.amount : level.held,
                    isReady: level.isReady
                )
            }
            self = .allowed(held, expiresAt: Timestamp(told: reply[2]))
        case ("known", 7):
            guard let id = reply[3].text else { return nil }
            let known = KnownHold(
                id: id,
                expiresAt: Timestamp(told: reply[2]),
                amount: MoneySum(micro: reply[4], rest: reply[5]),
                note: reply[6].text ?? ""
            )
            self = .known(levels, known)
        default: return nil
        }
    }
}

extension HoldChange {
    fileprivate init(code: Int, expiresAt: Timestamp?) {
        switch code {
        case 0: self = .unknown
        case -1: self = .ended
        case -2: self = .committed
        default: self = .done(expiresAt: expiresAt)
        }
    }
}

extension HoldRecord {
    fileprivate init?(id: String, _ fields: [RedisReply], in partition: Partition) {
        guard fields.count == 7, let workspace = fields[1].text, fields[2] != .null else { return nil }
        let prefix = StreamKeys.counter("", partition)
        self.init(
            id: id,
            workspace: workspace,
            amount: MoneySum(micro: fields[2], rest: fields[3]),
            madeAt: Timestamp(milliseconds: fields[4].integer ?? 0),
            expiresAt: fields[0].text == "open" ? Timestamp(told: fields[5]) : nil,
            counters: (fields[6].text ?? "").split(separator: "\n").map { String($0.dropFirst(prefix.count)) }
        )
    }
}
