/// Which connections a pool has and who waits for one.
///
/// It is pure: the pool performs what it decides.
///
/// Invariant: connections that are idle, lent or being opened are never more than `capacity`; nobody waits while one
/// is idle or could be opened.
struct PoolStateMachine<Connection: Sendable>: Sendable {
    /// What a caller got.
    enum Grant: Sendable {
        /// An idle connection.
        case use(Connection)
        /// The right to open one.
        case open
    }

    enum Lease {
        case granted(Grant)
        /// The caller stands in line.
        case wait
        /// The line is full.
        case overloaded
        case closed
    }

    /// What a return brings about.
    struct Release {
        /// The first in line and what it gets.
        var served: (waiter: UInt64, grant: Grant)?
        /// Connections to let go.
        var discarded: [Connection] = []
    }

    private let capacity: Int
    private let maximumWaiters: Int
    private var idle: [Connection] = []
    /// Lent ones and those being opened.
    private var busy = 0
    private var waiters: [UInt64] = []
    private var isClosed = false

    init(capacity: Int, maximumWaiters: Int) {
        self.capacity = max(capacity, 1)
        self.maximumWaiters = max(maximumWaiters, 0)
    }

    var idleCount: Int { idle.count }
    var busyCount: Int { busy }
    var waiterCount: Int { waiters.count }

    /// Asks for a connection that can be had at once, or returns `nil`.
    mutating func leaseAtOnce() -> Grant? {
        if isClosed { return nil }
        if let connection = idle.popLast() {
            busy += 1
            return .use(connection)
        }
        guard busy < capacity else { return nil }
        busy += 1
        return .open
    }

    /// Asks for a connection on behalf of `waiter`, a number that is not in line.
    mutating func lease(waiter: UInt64) -> Lease {
        if isClosed { return .closed }
        if let grant = leaseAtOnce() { return .granted(grant) }
        guard waiters.count < maximumWaiters else { return .overloaded }
        waiters.append(waiter)
        return .wait
    }

    /// Takes a connection back.
    ///
    /// A broken one makes the idle ones suspect too: all are let go.
    mutating func release(_ connection: Connection, isReusable: Bool) -> Release {
        guard isReusable, !isClosed else {
            var release = releaseSlot()
            release.discarded.append(connection)
            if !isReusable {
                release.discarded += idle
                idle = []
            }
            return release
        }
        if !waiters.isEmpty {
            return Release(served: (waiters.removeFirst(), .use(connection)))
        }
        busy -= 1
        idle.append(connection)
        return Release()
    }

    /// Takes back the right to open a connection, after that failed.
    mutating func releaseSlot() -> Release {
        if !isClosed, !waiters.isEmpty {
            return Release(served: (waiters.removeFirst(), .open))
        }
        busy -= 1
        return Release()
    }

    /// Takes somebody out of the line; false when it is not there, because it was served or was never in it.
    mutating func abandon(waiter: UInt64) -> Bool {
        guard let index = waiters.firstIndex(of: waiter) else { return false }
        waiters.remove(at: index)
        return true
    }

    /// Refuses everybody from now on and returns who waited and what was idle.
    mutating func close() -> (waiters: [UInt64], discarded: [Connection]) {
        isClosed = true
        defer {
            waiters = []
            idle = []
        }
        return (waiters, idle)
    }
}
