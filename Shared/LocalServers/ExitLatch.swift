import Synchronization

/// How a process ended.
package enum ExitStatus: Equatable, Sendable, CustomStringConvertible {
    case exited(Int32)
    case signalled(Int32)

    init(waitStatus: Int32) {
        let signal = waitStatus & 0x7f
        self = signal == 0 ? .exited((waitStatus >> 8) & 0xff) : .signalled(signal)
    }

    package var description: String {
        switch self {
        case .exited(let code): "exit status \(code)"
        case .signalled(let signal): "signal \(signal)"
        }
    }
}

/// A process's end, awaited by any number of tasks.
final class ExitLatch: Sendable {
    private struct State {
        var status: ExitStatus?
        var nextWaiter = 0
        var waiters: [Int: CheckedContinuation<ExitStatus?, Never>] = [:]
        var cancelled: Set<Int> = []
    }

    private let state = Mutex(State())

    /// The end, if it has come.
    var status: ExitStatus? {
        state.withLock { $0.status }
    }

    func fulfil(_ status: ExitStatus) {
        let waiters = state.withLock { state in
            state.status = status
            defer { state.waiters = [:] }
            return state.waiters.values
        }
        for waiter in waiters { waiter.resume(returning: status) }
    }

    /// Waits for the end, even when the task is cancelled: for stopping, which is bounded by the supervisor.
    func wait() async -> ExitStatus {
        let status = await withCheckedContinuation { register($0, as: nil) }
        guard let status else { preconditionFailure("a waiter without a number cannot be cancelled") }
        return status
    }

    /// Waits for the end; nil when the task is cancelled first.
    func waitUnlessCancelled() async -> ExitStatus? {
        let number = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { register($0, as: number) }
        } onCancel: {
            let waiter = state.withLock { state in
                guard let waiter = state.waiters.removeValue(forKey: number) else {
                    state.cancelled.insert(number)
                    return nil as CheckedContinuation<ExitStatus?, Never>?
                }
                return waiter
            }
            waiter?.resume(returning: nil)
        }
    }

    /// Keeps the continuation, or resumes it at once when the end or the cancellation came first.
    private func register(_ waiter: CheckedContinuation<ExitStatus?, Never>, as number: Int?) {
        let (resumeNow, status) = state.withLock { state in
            if let number, state.cancelled.remove(number) != nil { return (true, nil as ExitStatus?) }
            if let status = state.status { return (true, status) }
            state.nextWaiter += 1
            state.waiters[number ?? state.nextWaiter] = waiter
            return (false, nil)
        }
        if resumeNow { waiter.resume(returning: status) }
    }
}
