import FoundationEssentials

/// The random numbers of the tests: the same for the same seed, which `./oliver test` prints.
package enum Seed {
    /// What `OLIVER_TEST_SEED` says, else a new one for each run.
    package static let current: UInt64 =
        ProcessInfo.processInfo.environment["OLIVER_TEST_SEED"].flatMap { UInt64($0) } ?? .random(in: 1...UInt64.max)

    /// A generator of its own for one test, so that the order of the tests changes nothing.
    package static func generator(for name: String) -> SeededGenerator {
        // FNV-1a: Swift's own hash differs from run to run.
        let hash = name.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return SeededGenerator(seed: current ^ hash)
    }
}

/// The SplitMix64 generator: small, fast and repeatable, and nothing for secrets.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
