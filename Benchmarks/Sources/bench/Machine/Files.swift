import FoundationEssentials
import Glibc

/// Why the benchmark cannot go on.
struct BenchError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Whole small files.
enum Files {
    /// The content, or nil when there is none to read.
    static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Replaces the content.
    static func write(_ text: String, to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw BenchError("cannot write \(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
            throw BenchError("cannot write \(path)")
        }
    }
}

/// Seconds since some moment, which no adjustment of the time of day moves.
enum Clock {
    static var now: Double { Double(nanoseconds) / 1e9 }

    static var nanoseconds: Int64 { nanoseconds(of: CLOCK_MONOTONIC) }

    /// What a clock of the system shows.
    static func nanoseconds(of clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Waits.
    static func sleep(_ seconds: Double) { usleep(UInt32(seconds * 1e6)) }
}

/// The folder of this run: everything that it writes, on the disk that it measures.
enum Scratch {
    private static let prefix = "oliver-bench."
    private static var parent = "/var/tmp"

    static var path: String { "\(parent)/\(prefix)\(getpid())" }

    /// Lies in a folder that is to stay.
    private static let mark = "kept"

    /// Makes the folder, and removes those of earlier runs that were killed.
    static func make(in folder: String) throws {
        parent = folder
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name.hasPrefix(prefix) {
            guard let owner = pid_t(name.dropFirst(prefix.count)), kill(owner, 0) != 0, errno == ESRCH else { continue }
            if access("\(folder)/\(name)/\(mark)", F_OK) == 0 { continue }
            try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        }
        // PostgreSQL's account passes through, without seeing what is there.
        guard mkdir(path, 0o711) == 0 else {
            throw BenchError("cannot make \(path): \(String(cString: strerror(errno)))")
        }
    }

    /// Has later runs leave the folder.
    static func keep() throws { try Files.write("", to: "\(path)/\(mark)") }

    static func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }
}
