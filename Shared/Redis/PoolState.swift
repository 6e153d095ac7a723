private import Streams

/// What a caller who wants a connection is told.
enum PoolGrant<Connection> {
    case use(Connection)
    /// Make a connection: the place for it is taken already.
    case open
    case fail(RedisError)
}

extension PoolGrant: Sendable where Connection: Sendable {}

/// Who has which connection of a pool, and who waits.
///
/// Pure, so that it can be tested without a server.
struct PoolState<Connection, Waiter> {
    typealias Grant = PoolGrant<Connection>

    /// The first answer to a request.
    enum Answer {
        case now(Grant)
        case wait
    }

    private let size: Int
    private let waiterLimit: Int
    private let backoff: Backoff
    private(set) var idle: [Connection] = []
    /// Connections that exist or are being made.
    private(set) var open = 0
    private(set) var waiters: [(id: Int, waiter: Waiter)] = []
    private var failures = 0
    private var closedUntil: (time: Duration, error: RedisError)?
    private var isClosed = false

    /// Connections that are idle, that are lent or being opened, and callers that wait.
    var counts: (idle: Int, busy: Int, waiting: Int) { (idle.count, open - idle.count, waiters.count) }

    init(_ configuration: RedisConfiguration) {
        size = configuration.poolSize
        waiterLimit = configuration.waiterLimit
        backoff = configuration.backoff
    }

    /// Asks for a connection.
    ///
    /// On `wait`, call `enqueue` under the same lock.
    mutating func request(now: Duration) -> Answer {
        if isClosed { return .now(.fail(RedisError(.closed, "the pool is closed"))) }
        if let connection = idle.popLast() { return .now(.use(connection)) }
        if open < size {
            if let closedUntil, now < closedUntil.time { return .now(.fail(closedUntil.error)) }
            open += 1
            return .now(.open)
        }
        guard waiters.count < waiterLimit else {
            return .now(.fail(RedisError(.poolExhausted, "\(waiterLimit) callers wait for a connection")))
        }
        return .wait
    }

    mutating func enqueue(_ waiter: Waiter, id: Int) {
        waiters.append((id, waiter))
    }

    /// A waiting caller gave up; `nil` when it has been answered already.
    mutating func abandon(_ id: Int) -> Waiter? {
        waiters.firstIndex { $0.id == id }.map { waiters.remove(at: $0).waiter }
    }

    /// A connection was made.
    mutating func opened() {
        failures = 0
        closedUntil = nil
    }

    /// A connection could not be made: everybody fails with the same error until the wait is over.
    mutating func openFailed(_ error: RedisError, now: Duration, random: UInt64) -> [(Waiter, Grant)] {
        open -= 1
        failures += 1
        closedUntil = (now + backoff.delay(failures: failures, random: random), error)
        defer { waiters.removeAll() }
        return waiters.map { ($0.waiter, .fail(error)) }
    }

    /// A lease ended.
    ///
    /// The connection goes to who waits longest. When it is not kept, it must be closed.
    mutating func release(_ connection: Connection, isUsable: Bool) -> (isKept: Bool, (Waiter, Grant)?) {
        guard isUsable, !isClosed else {
            guard !waiters.isEmpty, !isClosed else {
                open -= 1
                return (false, nil)
            }
            return (false, (waiters.removeFirst().waiter, .open))
        }
        guard !waiters.isEmpty else {
            idle.append(connection)
            return (true, nil)
        }
        return (true, (waiters.removeFirst().waiter, .use(connection)))
    }

    /// No more leases: what is idle is returned to be closed, and who waits is to be told.
    mutating func close() -> (connections: [Connection], waiters: [Waiter]) {
        isClosed = true
        defer {
            open -= idle.count
            idle.removeAll()
            waiters.removeAll()
        }
        return (idle, waiters.map(\.waiter))
    }
}
