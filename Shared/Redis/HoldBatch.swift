internal import Domain
internal import Streams

/// Requests of one partition that are decided together, as the function `preflight` takes them and answers.
///
/// What they have in common is named once: each counter, and what it held before all of them.
struct HoldBatch: Sendable {
    let partition: Partition
    let requests: [HoldRequest]
    /// Where the answers go.
    let places: [Int]
    /// The counters of all requests, each once.
    private let names: [String]
    /// The counters of each request, by their place among the names.
    private let uses: [[Int]]

    static let unknownForm = RedisError(.invalidReply, "a preflight was answered in an unknown form")

    init(partition: Partition, requests: [HoldRequest], places: [Int]) {
        self.partition = partition
        self.requests = requests
        self.places = places
        var (names, known): ([String], [String: Int]) = ([], [:])
        uses = requests.map { request in
            request.counters.map { counter in
                if let place = known[counter.use.name] { return place }
                known[counter.use.name] = names.count
                names.append(counter.use.name)
                return names.count - 1
            }
        }
        self.names = names
    }

    var command: RedisCommand {
        var command = RedisCommand(.preflight, keys: 2 + names.count, capacity: 512 * (1 + requests.count))
        command.append(StreamKeys.budgets(partition))
        command.append(StreamKeys.epoch(partition))
        for name in names { command.append(StreamKeys.counter(name, partition)) }
        for (request, places) in zip(requests, uses) { command.append(request, places) }
        return command
    }

    /// An answer or an error for each request.
    func answers(_ reply: Result<RedisReply, RedisError>) -> [Result<HoldAnswer, RedisError>] {
        let elements: [RedisReply]
        switch reply {
        case .success(let reply): elements = reply.elements
        case .failure(let error): return requests.map { _ in .failure(error) }
        }
        var levels = HoldLevel.list(elements.first)
        guard elements.count == 1 + requests.count, levels.count == names.count else {
            return requests.map { _ in .failure(Self.unknownForm) }
        }
        return requests.indices.map { index in
            answer(elements[index + 1].elements, to: requests[index], uses[index], &levels)
        }
    }

    /// Reads an answer, and has the levels hold what it holds.
    private func answer(
        _ reply: [RedisReply],
        to request: HoldRequest,
        _ places: [Int],
        _ levels: inout [HoldLevel]
    ) -> Result<HoldAnswer, RedisError> {
        switch (reply.first?.text, reply.count) {
        case ("stale", 1): return .success(.stale)
        case ("conflict", 1): return .success(.conflict)
        case ("not_ready", 1): return .success(.notReady(places.map { levels[$0] }))
        case ("broken", 2): return .failure(RedisError(reply: reply[1].text ?? ""))
        case ("deny", 2):
            let ends = reply[1].elements.map { Timestamp(told: $0) }
            return .success(.denied(places.map { levels[$0] }, firstEnds: ends))
        case ("allow", 2):
            if request.hold != nil {
                for place in places { levels[place].held = levels[place].held + request.amount }
            }
            return .success(.allowed(places.map { levels[$0] }, expiresAt: Timestamp(told: reply[1])))
        case ("known", 6):
            guard let id = reply[2].text else { return .failure(Self.unknownForm) }
            let known = HoldAnswer.KnownHold(
                id: id,
                expiresAt: Timestamp(told: reply[1]),
                amount: MoneySum(micro: reply[3], rest: reply[4]),
                note: reply[5].text ?? ""
            )
            return .success(.known(places.map { levels[$0] }, known))
        default: return .failure(Self.unknownForm)
        }
    }
}

extension RedisCommand {
    /// Adds a request, whose counters have these places among the keys' counters.
    fileprivate mutating func append(_ request: HoldRequest, _ places: [Int]) {
        append(request.budgetsVersion)
        append(request.workspace)
        append(request.hold?.id.text ?? "")
        append(max(1, request.hold?.timeToLive.wholeMilliseconds ?? 1))
        append(request.amount)
        append(request.idempotency.map { StreamKeys.idempotency($0.name, request.partition) } ?? "")
        append(request.idempotency?.digest ?? "")
        append(request.hold?.note ?? "")
        append(request.scopes.map { "\($0.type.rawValue)\u{1F}\($0.id)" }.joined(separator: "\n"))
        append(request.counters.count)
        for (counter, place) in zip(request.counters, places) {
            append(place + 1)
            if let limit = counter.limit {
                append(limit)
            } else {
                append("")
                append("0")
            }
            append(counter.use.expiry)
        }
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
