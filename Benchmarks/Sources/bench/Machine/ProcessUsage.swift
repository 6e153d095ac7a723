import FoundationEssentials
import Glibc

/// What a process has used, from `/proc`.
struct ProcessUsage {
    /// Processor time in seconds, of ended children too, which its parent has waited for.
    var processorSeconds = 0.0
    /// Memory now and at most, in bytes.
    var resident = 0
    var peak = 0

    /// Reads the figures of a process, with those of its living children.
    init(of process: pid_t, withChildren: Bool = false) {
        add(process)
        guard withChildren else { return }
        for child in Self.children(of: process) { add(child) }
    }

    private mutating func add(_ process: pid_t) {
        let fields = Self.statFields(process)
        guard fields.count > 14 else { return }
        // utime, stime, and both of the children that ended and were waited for: fields 14 to 17 of proc(5).
        let ticks = (11...14).reduce(0) { $0 + (Int(fields[$1]) ?? 0) }
        processorSeconds += Double(ticks) / Double(sysconf(Int32(_SC_CLK_TCK)))
        let status = Files.read("/proc/\(process)/status") ?? ""
        resident += Self.kibibytes("VmRSS:", in: status) * 1_024
        peak += Self.kibibytes("VmHWM:", in: status) * 1_024
    }

    /// The fields behind the name, which may hold anything.
    private static func statFields(_ process: pid_t) -> [Substring] {
        guard let text = Files.read("/proc/\(process)/stat"), let end = text.lastIndex(of: ")") else { return [] }
        return text[end...].dropFirst().split(separator: " ")
    }

    private static func kibibytes(_ name: String, in status: String) -> Int {
        for line in status.split(separator: "\n") where line.hasPrefix(name) {
            return line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) } ?? 0
        }
        return 0
    }

    private static func children(of parent: pid_t) -> [pid_t] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.filter { process in
            let fields = statFields(process)
            return fields.count > 1 && fields[1] == "\(parent)"
        }
    }
}

/// The processor time of this process, in seconds.
func ownProcessorSeconds() -> Double {
    Double(Clock.nanoseconds(of: CLOCK_PROCESS_CPUTIME_ID)) / 1e9
}

/// The processor time that everything on the machine has used, in seconds, over all cores.
func machineProcessorSeconds() -> Double {
    let line = Files.read("/proc/stat")?.split(separator: "\n").first ?? ""
    let ticks = line.split(separator: " ").dropFirst().compactMap { Int($0) }
    guard ticks.count >= 8 else { return 0 }
    // Without idle and iowait (4th and 5th); guests are part of user.
    let busy = ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6] + ticks[7]
    return Double(busy) / Double(sysconf(Int32(_SC_CLK_TCK)))
}
