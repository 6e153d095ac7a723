internal import Domain
internal import Postgres
internal import Redis
internal import ServiceRuntime
internal import Streams

/// Looks for what can be wrong with an installation, and says what to do about it.
struct Doctor {
    /// From when on something is found.
    struct Limits: Sendable {
        /// Seconds that a stage may be behind.
        var lag = 60
        /// Seconds that an entry may be with a consumer.
        var pending = 300
        /// Seconds that a consumer which holds entries may be silent.
        var silence = 60
        /// Seconds that a server's clock may differ from this machine's.
        var skew = 2
        /// The part of a disk that may be used, in percent.
        var disk = 90
        /// Hours since prices were last looked at.
        var prices = 72
    }

    let installation: Installation
    var limits = Limits()
    /// Folders whose disks are looked at: those of servers on this machine.
    var folders: [String] = []
    var clock: any WallClock = SystemWallClock()

    /// Looks at everything; what cannot be looked at because something else is away is left out.
    func examine() async -> Diagnosis {
        var findings = await redis()
        if findings.allSatisfy({ $0.check != Self.redisAway }) { findings += await streams() }
        findings += await postgres()
        findings += folders.map(disk)
        return Diagnosis(findings: findings)
    }

    static let redisAway = "redis_away"

    /// Compares a server's clock, read between two looks at this machine's.
    func skew(of server: String, _ time: Timestamp, between before: Timestamp, and after: Timestamp) -> Finding {
        let check = "\(server)_clock"
        let early = before.microseconds - time.microseconds
        let late = time.microseconds - after.microseconds
        let difference = max(early, late, 0)
        guard difference > Int64(limits.skew) * 1_000_000 else { return .ok(check, "agrees with this machine's") }
        return .fault(
            check,
            "differs from this machine's by \(difference / 1_000_000) s",
            do: "Run a time service (chrony, systemd-timesyncd) on both machines: holds expire and periods end by it."
        )
    }
}
