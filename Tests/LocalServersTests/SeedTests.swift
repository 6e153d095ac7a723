import TestSupport
import Testing

@Suite struct `Seeded random numbers` {
    @Test func `repeat for the same name and differ for another`() {
        var first = Seed.generator(for: "a")
        var same = Seed.generator(for: "a")
        var other = Seed.generator(for: "b")
        let numbers = (0..<8).map { _ in first.next() }
        #expect(numbers == (0..<8).map { _ in same.next() })
        #expect(numbers != (0..<8).map { _ in other.next() })
    }

    @Test func `follow SplitMix64`() {
        // The first numbers that the algorithm's published C code gives for the seed 1234567.
        var generator = SeededGenerator(seed: 1_234_567)
        #expect(generator.next() == 6_457_827_717_110_365_317)
        #expect(generator.next() == 3_203_168_211_198_807_973)
    }
}
