/// What the disk and Redis do beside a load, which its latencies cannot be read without.
struct Surroundings {
    private let disk: DiskWatch
    private let servers: Servers
    private let before: (begun: Int, isRewriting: Bool)

    /// Begins to watch, for the seconds that the load takes.
    init(_ servers: Servers, seconds: Double) throws {
        self.servers = servers
        before = try servers.rewrites()
        disk = try DiskWatch(seconds: seconds)
    }

    /// Ends, with the disk's figures and a note for the report.
    func finish() throws -> (disk: Disk, note: String) {
        let disk = try disk.finish()
        let rewrote = before.isRewriting ? true : try servers.rewrites().begun > before.begun
        let note = "one fsync meanwhile \(Figure.text(disk.median * 1e3)) ms"
        return (disk, rewrote ? note + "; Redis wrote its file anew" : note)
    }
}
