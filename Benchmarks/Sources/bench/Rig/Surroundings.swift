/// What the machine, its disk and Redis do beside a load, which its latencies cannot be read without.
struct Surroundings {
    /// What was seen.
    struct Seen {
        /// The disk, when answers wait for it.
        var disk: Disk?
        /// When the machine ran at less than a third of its pace.
        var stalls: [Stall]
        /// What else is worth knowing.
        var notes: [String]
    }

    private let disk: DiskWatch?
    private let pace: PaceWatch
    private let servers: Servers
    private let before: (begun: Int, isRewriting: Bool)

    /// Begins to watch, for the seconds that the load takes; the disk only when answers wait for it.
    init(_ servers: Servers, fsync: String, seconds: Double) throws {
        self.servers = servers
        before = try servers.rewrites()
        pace = try PaceWatch(seconds: seconds)
        disk = fsync == "always" ? try DiskWatch(seconds: seconds) : nil
    }

    /// Ends.
    func finish() throws -> Seen {
        let stalls = try pace.finish()
        let disk = try disk?.finish()
        var notes: [String] = []
        if let disk { notes.append("one fsync meanwhile \(Figure.text(disk.median * 1e3)) ms") }
        let rewrote = before.isRewriting ? true : try servers.rewrites().begun > before.begun
        if rewrote { notes.append("Redis wrote its file anew") }
        return Seen(disk: disk, stalls: stalls, notes: notes)
    }
}

extension Surroundings.Seen {
    /// A load's p99 against a target, and, where the machine itself stalled, with and without that.
    func slowest(_ name: String, of load: LoadResult, everysec target: Double) -> [Figure] {
        let limit = Figure.Target.atMost(disk?.patience ?? target)
        let all = load.latency(0.99) * 1e3
        guard !stalls.isEmpty else {
            let note = notes.isEmpty ? nil : notes.joined(separator: "; ")
            return [Figure(name: name, value: all, unit: "ms", target: limit, note: note)]
        }
        let steady = load.apart(from: stalls)
        let share = 1 - Double(steady.count) / Double(max(1, load.answers.count))
        let lost = Figure.text(stalls.reduce(0) { $0 + $1.milliseconds })
        let note = "left out: \(Figure.text(share * 100)) % of requests, beside \(stalls.count) stalls of \(lost) ms"
        return [
            Figure(
                name: "\(name), machine at its pace",
                value: LoadResult.latency(0.99, of: steady) * 1e3,
                unit: "ms",
                target: limit,
                note: ([note] + notes).joined(separator: "; ")
            ),
            Figure(name: "\(name), its stalls included", value: all, unit: "ms"),
        ]
    }
}
