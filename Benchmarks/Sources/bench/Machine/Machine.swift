import Glibc

/// What the figures were measured on.
struct Machine {
    let processor: String
    let cores: Int
    let memory: String
    let kernel: String
    let disk: String
    /// Forcing a file, while nothing else goes on.
    let fsync: Disk

    init() throws {
        let information = Files.read("/proc/cpuinfo") ?? ""
        processor = Self.value(of: "model name", in: information)
        cores = Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        let total = Self.value(of: "MemTotal", in: Files.read("/proc/meminfo") ?? "").split(separator: " ").first
        memory = "\((total.flatMap { Int($0) } ?? 0) >> 20) GiB"
        kernel = (Files.read("/proc/sys/kernel/osrelease") ?? "").split(separator: "\n").first.map(String.init) ?? "?"
        disk =
            try Child.output(["df", "--output=source,fstype", Scratch.path])
            .split(separator: "\n").last.map { $0.split(separator: " ").joined(separator: " ") } ?? "?"
        fsync = try Disk.measure(file: "\(Scratch.path)/fsync", seconds: 1)
    }

    var summary: String { "\(cores) × \(processor), \(memory), Linux \(kernel), \(disk)" }

    private static func value(of name: String, in text: String) -> String {
        for line in text.split(separator: "\n") where line.hasPrefix(name) {
            let value = line.split(separator: ":", maxSplits: 1).last ?? ""
            return value.split(separator: " ").joined(separator: " ")
        }
        return "?"
    }
}
