internal import Glibc
internal import Synchronization

/// Whether a connection may be lent again, readable from any thread.
///
/// The socket is only looked at under the lock under which it is withdrawn before libpq closes it: so the number never
/// belongs to somebody else's file.
final class ConnectionHealth: Sendable {
    private struct State {
        var socket: Int32?
        var isReusable = false
    }

    private let state = Mutex(State())

    func update(socket: Int32?, isReusable: Bool) {
        state.withLock { $0 = State(socket: socket, isReusable: isReusable) }
    }

    /// Whether the last operation left the connection clean and nothing has come from the server since: when it shuts
    /// down or dies, the socket of an idle connection becomes readable.
    var isReusable: Bool {
        state.withLock { state in
            guard state.isReusable, let socket = state.socket else { return false }
            var descriptor = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            return unsafe poll(&descriptor, 1, 0) == 0
        }
    }
}
