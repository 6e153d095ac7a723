import FoundationEssentials
import TestSupport

/// How much the tests do: enough for every run, or the full figures with `OLIVER_FULL=1`.
enum Scale {
    static let isFull = ProcessInfo.processInfo.environment["OLIVER_FULL"] == "1"

    /// Events posted while processes are killed.
    static var chaosEvents: Int { isFull ? 200_000 : 50_000 }
    /// How often each service is killed.
    static var chaosRounds: Int { isFull ? 6 : 2 }

    /// What to add to the message of a failed check, so that the run can be repeated.
    static var note: String { "repeat with OLIVER_TEST_SEED=\(Seed.current)" }
}
