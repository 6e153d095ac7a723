import Glibc

/// What forcing 4 KiB at the end of a file to the disk takes: what the append-only file of Redis asks for.
struct Disk {
    /// In seconds.
    let median: Double
    let p99: Double

    /// What an answer that waits for the disk may take with `appendfsync always`, in milliseconds: four fsyncs, of a disk
    /// that needs 4 ms for one; see docs/decisions/0015.
    var patience: Double { 4 * max(median * 1e3, 4) }

    /// For the process that watches the disk during a load.
    var line: String { "\(median) \(p99)" }

    /// Reads such a line.
    init(line: String) throws {
        let numbers = line.split(whereSeparator: { $0 == " " || $0 == "\n" }).compactMap { Double($0) }
        guard numbers.count == 2 else { throw BenchError("the disk could not be measured: \(line)") }
        (median, p99) = (numbers[0], numbers[1])
    }

    private init(_ times: [Double]) {
        let sorted = times.sorted()
        median = sorted[sorted.count / 2]
        p99 = sorted[sorted.count * 99 / 100]
    }

    /// Forces again and again, with pauses so that it is no load of its own.
    static func measure(file: String, seconds: Double) throws -> Disk {
        let descriptor = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw BenchError("cannot write \(file)") }
        defer { close(descriptor) }
        let block = [UInt8](repeating: 0x61, count: 4_096)
        var times: [Double] = []
        let end = Clock.now + seconds
        repeat {
            write(descriptor, block, block.count)
            let start = Clock.now
            fdatasync(descriptor)
            times.append(Clock.now - start)
            usleep(10_000)
        } while Clock.now < end
        return Disk(times)
    }
}

/// Watches the disk from a process of its own, beside a load.
struct DiskWatch {
    private let child: Child
    private let output: String

    init(seconds: Double) throws {
        output = "\(Scratch.path)/fsync.out"
        unlink(output)
        child = try Child(
            ["/proc/\(getpid())/exe", "fsync", "\(Scratch.path)/fsync", "\(seconds)"],
            output: output
        )
    }

    func finish() throws -> Disk {
        try child.wait()
        return try Disk(line: Files.read(output) ?? "")
    }
}
