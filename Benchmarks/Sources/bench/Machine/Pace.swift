import Glibc

/// A time in which the machine as a whole ran at less than a third of its pace, in nanoseconds of `Clock`.
///
/// Hosts take the cores away, or slow them down, for tens of milliseconds, and tell nobody: no steal time shows it.
struct Stall {
    var start: Int64
    var end: Int64

    var milliseconds: Double { Double(end - start) / 1e6 }

    /// Whether a request suffered from it: it was on its way then, or in the queue that had gathered, for as long again.
    func touches(from due: Int64, to answered: Int64) -> Bool {
        due < end + (end - start) && answered > start
    }
}

/// How the machine itself keeps its pace: the same sum again and again, by the processor time that it takes.
///
/// Processor time leaves out what the system gave to others in between; what is left to slow a sum down is the machine.
enum Pace {
    private static let interval: UInt32 = 2_000
    /// So many slow sums in a row are a stall: one alone may be an interrupt.
    private static let least = 3

    /// Watches for so many seconds.
    static func watch(seconds: Double) -> [Stall] {
        var sums: [(at: Int64, took: Int64)] = []
        let end = Clock.now + seconds
        repeat {
            let start = processorNanoseconds()
            let at = Clock.nanoseconds
            sum()
            sums.append((at, processorNanoseconds() - start))
            usleep(interval)
        } while Clock.now < end
        return stalls(sums)
    }

    /// The runs of sums that took three times what a tenth of all take at most.
    static func stalls(_ sums: [(at: Int64, took: Int64)]) -> [Stall] {
        let usual = sums.map(\.took).sorted()[sums.count / 10]
        var stalls: [Stall] = []
        for run in sums.split(whereSeparator: { $0.took < usual * 3 }) where run.count >= least {
            guard let first = run.first, let last = run.last else { continue }
            stalls.append(Stall(start: first.at, end: last.at + last.took))
        }
        return stalls
    }

    /// Some 15 µs in which nothing but registers is needed.
    private static func sum() {
        var value = UInt64(bitPattern: Clock.nanoseconds)
        for _ in 0..<10_000 { value = value &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407 }
        // Never so, but the compiler cannot know.
        if value == 0 { print() }
    }

    private static func processorNanoseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// Watches the machine's pace from a process of its own, beside a load.
struct PaceWatch {
    private let child: Child
    private let output: String

    init(seconds: Double) throws {
        output = "\(Scratch.path)/pace.out"
        unlink(output)
        child = try Child(["/proc/\(getpid())/exe", "pace", "\(seconds)"], output: output)
    }

    func finish() throws -> [Stall] {
        try child.wait()
        return (Files.read(output) ?? "").split(separator: "\n").compactMap { line in
            let numbers = line.split(separator: " ").compactMap { Int64($0) }
            return numbers.count == 2 ? Stall(start: numbers[0], end: numbers[1]) : nil
        }
    }
}
