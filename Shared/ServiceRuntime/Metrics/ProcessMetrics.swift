import Domain
import Glibc

/// What Prometheus expects of every process, read from the kernel at each scrape.
struct ProcessMetrics: Sendable {
    let version: String
    let startedAt: Double

    init(version: String, clock: any WallClock) {
        self.version = version
        self.startedAt = Double(clock.now.microseconds) / 1e6
    }

    /// The metrics as text.
    func render() -> String {
        var text = gauge("process_start_time_seconds", "Start of the process since 1970 in seconds", startedAt)
        text += block("process_cpu_seconds_total", .counter, "User and system CPU time in seconds", cpuSeconds())
        if let resident = residentBytes() {
            text += gauge("process_resident_memory_bytes", "Resident memory in bytes", resident)
        }
        if let count = openDescriptors() {
            text += gauge("process_open_fds", "Open file descriptors", Double(count))
        }
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            text += gauge("process_max_fds", "Limit of open file descriptors", Double(limit.rlim_cur))
        }
        text += metricHeader("oliver_build_info", .gauge, "The version that runs")
        text += "oliver_build_info{version=\"\(escapeLabel(version))\"} 1\n"
        return text
    }

    private func gauge(_ name: String, _ help: String, _ value: Double) -> String {
        block(name, .gauge, help, value)
    }

    private func block(_ name: String, _ kind: MetricKind, _ help: String, _ value: Double) -> String {
        metricHeader(name, kind, help) + "\(name) \(formatNumber(value))\n"
    }

    private func cpuSeconds() -> Double {
        var usage = rusage()
        guard getrusage(RUSAGE_SELF.rawValue, &usage) == 0 else { return 0 }
        let seconds = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
        let microseconds = usage.ru_utime.tv_usec + usage.ru_stime.tv_usec
        return Double(seconds) + Double(microseconds) / 1e6
    }

    private func residentBytes() -> Double? {
        guard let text = try? readSmallFile("/proc/self/statm") else { return nil }
        let fields = text.split(separator: " ")
        guard fields.count > 1, let pages = Double(fields[1]) else { return nil }
        return pages * Double(sysconf(Int32(_SC_PAGESIZE)))
    }

    private func openDescriptors() -> Int? {
        guard let directory = opendir("/proc/self/fd") else { return nil }
        defer { closedir(directory) }
        // Not counted: `.`, `..` and the descriptor of this reading.
        var count = -3
        while readdir(directory) != nil {
            count += 1
        }
        return count
    }
}
