/// A serial executor on a thread of its own, for actors that make blocking C calls.
///
/// The cooperative pool has one thread per core: a blocking call there stops everybody. Give an actor one of these and
/// its calls block only that thread. The thread starts with the executor and ends after the executor is released and
/// the jobs it had accepted have run.
///
/// > Warning: The executor must outlive the actor: store it in the actor.
package final class BlockingExecutor: SerialExecutor {
    private let jobs: JobQueue

    /// Starts the thread.
    package init() {
        jobs = JobQueue()
        startThread(running: jobs)
    }

    deinit {
        jobs.close()
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        unsafe jobs.push(UnownedJob(job), for: asUnownedSerialExecutor())
    }

    package func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        unsafe UnownedSerialExecutor(ordinary: self)
    }

    package func isIsolatingCurrentContext() -> Bool? {
        jobs.isCurrentThread
    }

    package func checkIsolated() {
        precondition(jobs.isCurrentThread, "not on this executor's thread")
    }
}
