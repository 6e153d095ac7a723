internal import Glibc
internal import Synchronization

/// Wakes a connection's thread out of its wait, from any thread, when the task that it works for is cancelled.
///
/// It owns a pipe, of which the thread polls one end. A request names the operation it is for, so that a late one
/// never hits the next operation. Cancellation handlers keep this object alive, so the descriptors stay theirs.
final class Interrupt: Sendable {
    private struct State {
        var operation: UInt64 = 0
        var isRequested = false
    }

    private let state = Mutex(State())
    /// The end to poll, or -1 when the process has no descriptors left: then nothing can be interrupted.
    let descriptor: Int32
    private let writer: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        _ = unsafe pipe(&ends)
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        descriptor = ends[0]
        writer = ends[1]
    }

    deinit {
        close(descriptor)
        close(writer)
    }

    /// Begins an operation and returns its number; earlier requests are void.
    func begin() -> UInt64 {
        state.withLock { state in
            state.operation += 1
            if state.isRequested { drain() }
            state.isRequested = false
            return state.operation
        }
    }

    /// Asks that an operation end, if it still runs.
    func request(_ operation: UInt64) {
        state.withLock { state in
            guard state.operation == operation, !state.isRequested else { return }
            state.isRequested = true
            var byte: UInt8 = 1
            _ = unsafe write(writer, &byte, 1)
        }
    }

    /// Whether the running operation was asked to end.
    var isRequested: Bool {
        state.withLock { $0.isRequested }
    }

    private func drain() {
        var bytes: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0]
        while unsafe read(descriptor, &bytes, 8) > 0 {}
    }
}
