internal import CDispatch
internal import Dispatch
internal import Glibc
internal import Synchronization

/// The jobs that wait for one thread, and the loop that runs them there.
///
/// The thread keeps the queue alive, not the executor: so the executor can be released while a last job runs.
final class JobQueue: Sendable {
    /// Swift keeps a job alive until it has run, which happens once, in `run()`.
    @safe private struct WaitingJob {
        let job: UnownedJob
        let executor: UnownedSerialExecutor
    }

    private struct State {
        var waiting: [WaitingJob] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    private let arrivals = DispatchSemaphore(value: 0)
    private let thread = Atomic<UInt>(0)

    /// Whether the caller runs on the queue's thread.
    var isCurrentThread: Bool {
        thread.load(ordering: .relaxed) == UInt(pthread_self())
    }

    func push(_ job: UnownedJob, for executor: UnownedSerialExecutor) {
        let waiting = unsafe WaitingJob(job: job, executor: executor)
        state.withLock { $0.waiting.append(waiting) }
        arrivals.signal()
    }

    func close() {
        state.withLock { $0.isClosed = true }
        arrivals.signal()
    }

    /// Runs jobs in the order of their arrival until the queue is closed and empty.
    func run() {
        thread.store(UInt(pthread_self()), ordering: .relaxed)
        while true {
            arrivals.wait()
            let (batch, isClosed) = state.withLock { state in
                (exchange(&state.waiting, with: []), state.isClosed)
            }
            for waiting in batch {
                unsafe waiting.job.runSynchronously(on: waiting.executor)
            }
            if isClosed { return }
        }
    }
}

/// Starts a detached thread that runs the queue's loop.
func startThread(running queue: JobQueue) {
    let context = unsafe Unmanaged.passRetained(queue).toOpaque()
    var thread = pthread_t()
    let status = unsafe pthread_create(&thread, nil, threadMain, context)
    precondition(status == 0, "pthread_create failed with \(status)")
    pthread_detach(thread)
}

private func threadMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context = unsafe context else { return nil }
    // Writing to a connection that the peer has closed shall be an error here, and not end the process: the C libraries
    // that block on these threads do not all ask for that themselves.
    var blocked = sigset_t()
    unsafe sigemptyset(&blocked)
    unsafe sigaddset(&blocked, SIGPIPE)
    unsafe pthread_sigmask(SIG_BLOCK, &blocked, nil)
    unsafe Unmanaged<JobQueue>.fromOpaque(context).takeRetainedValue().run()
    return nil
}
