import BlockingExecutor
import Glibc
import Synchronization
import Testing

/// Counts who is blocked.
private final class Barrier: Sendable {
    let arrived = Atomic(0)
}

/// An actor on a thread of its own.
private actor Worker {
    private let executor = BlockingExecutor()
    private var log: [Int] = []

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    var thread: UInt { UInt(pthread_self()) }
    var entries: [Int] { log }

    func append(_ number: Int) { log.append(number) }

    /// Blocks until so many are blocked here at once.
    func block(until count: Int, at barrier: Barrier) {
        barrier.arrived.add(1, ordering: .relaxed)
        while barrier.arrived.load(ordering: .relaxed) < count { usleep(1_000) }
    }

    nonisolated func assertIsolation() { assertIsolated() }
    func callAssert() { assertIsolation() }

    /// Writes to a pipe that nobody reads any more.
    func writeToClosedPipe() -> Int32 {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { return 0 }
        close(ends[0])
        defer { close(ends[1]) }
        return write(ends[1], [1], 1) < 0 ? errno : 0
    }
}

@Suite(.timeLimit(.minutes(1)))
struct `blocking executor` {
    @Test func `runs all jobs of its actor on one thread of its own`() async {
        let one = Worker()
        let two = Worker()
        let first = await one.thread
        #expect(await one.thread == first)
        #expect(await two.thread != first)
    }

    @Test func `runs jobs in the order of their arrival`() async {
        let worker = Worker()
        for number in 0..<200 { await worker.append(number) }
        #expect(await worker.entries == Array(0..<200))
    }

    @Test func `a blocked actor blocks nobody else`() async {
        let workers = (0..<8).map { _ in Worker() }
        let barrier = Barrier()
        // On shared threads, of which there is one per core, they would wait for each other for ever.
        await withDiscardingTaskGroup { group in
            for worker in workers { group.addTask { await worker.block(until: 8, at: barrier) } }
        }
        #expect(barrier.arrived.load(ordering: .relaxed) == 8)
    }

    @Test func `knows whether the caller is isolated`() async {
        await Worker().callAssert()
        await #expect(processExitsWith: .failure) {
            BlockingExecutor().checkIsolated()
        }
    }

    @Test func `writing to a closed pipe is an error and not the end of the process`() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let worker = Worker()
            exit(await worker.writeToClosedPipe() == EPIPE ? 7 : 1)
        }
    }

    @Test func `its thread ends with it`() async {
        // In a process of its own: other tests' threads come and go.
        await #expect(processExitsWith: .success) {
            let before = threadCount()
            do {
                let workers = (0..<40).map { _ in Worker() }
                for worker in workers { await worker.append(1) }
                guard threadCount() >= before + 40 else { exit(1) }
            }
            for _ in 0..<1_000 where threadCount() > before + 10 { usleep(10_000) }
            exit(threadCount() <= before + 10 ? 0 : 2)
        }
    }
}

/// The threads of this process.
private func threadCount() -> Int {
    guard let folder = opendir("/proc/self/task") else { return 0 }
    defer { closedir(folder) }
    var count = 0
    while readdir(folder) != nil { count += 1 }
    return count
}
