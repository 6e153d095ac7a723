import Streams
import Testing

@Suite struct `stream values` {
    @Test(
        arguments: [
            ("0-0", 0, 0), ("1795000000000-7", 1_795_000_000_000, 7),
            ("18446744073709551615-18446744073709551615", .max, .max),
        ] as [(String, UInt64, UInt64)]
    )
    func `entry ids are read and written`(_ text: String, milliseconds: UInt64, sequence: UInt64) throws {
        let id = try #require(EntryID(text))
        #expect(id == EntryID(milliseconds: milliseconds, sequence: sequence))
        #expect(id.description == text)
    }

    @Test(arguments: [
        "", "-", "1", "1-", "-1", "1-2-3", "a-1", "1-b", "18446744073709551616-0", "1-18446744073709551616",
    ])
    func `what is no entry id is refused`(_ text: String) {
        #expect(EntryID(text) == nil)
    }

    @Test func `the next entry id is the smallest later one`() {
        #expect(EntryID(milliseconds: 5, sequence: 1).next == EntryID(milliseconds: 5, sequence: 2))
        #expect(EntryID(milliseconds: 5, sequence: .max).next == EntryID(milliseconds: 6, sequence: 0))
        #expect(EntryID(milliseconds: 5, sequence: 9) < EntryID(milliseconds: 6, sequence: 0))
    }

    @Test func `the checksum is the CRC-32 that everybody uses`() {
        #expect(CRC32.checksum("123456789".utf8) == 0xCBF4_3926)
        #expect(CRC32.checksum("".utf8) == 0)
        #expect(CRC32.checksum("The quick brown fox jumps over the lazy dog".utf8) == 0x414F_A339)
    }

    @Test func `a workspace stays in its partition`() {
        // Computed with another implementation; a change here would lose every workspace's data.
        #expect(Partitioning.standard.partition(ofWorkspace: "default").number == 0xE35E_00DF % 16)
        #expect(Partitioning(count: 1).partition(ofWorkspace: "any") == .first)
    }

    @Test func `partitions are read and written`() {
        for number in [0, 7, 12, 103] {
            let partition = Partition(number: number)
            #expect(Partition(partition.description) == partition)
        }
        #expect(Partition(number: 7).description == "p07")
        for text in ["", "p", "7", "p7", "p-1", "p007", "q07"] { #expect(Partition(text) == nil) }
    }

    @Test func `dead letters have addresses that can be typed`() {
        let id = DeadLetterID(partition: Partition(number: 7), entry: EntryID(milliseconds: 12, sequence: 3))
        #expect(id.description == "p07/12-3")
        #expect(DeadLetterID("p07/12-3") == id)
        for text in ["", "p07", "p07/", "p07/12", "7/12-3", "p07/12-3/4"] { #expect(DeadLetterID(text) == nil) }
    }

    @Test func `waits double up to the maximum and differ between replicas`() {
        let backoff = Backoff(initial: .milliseconds(100), maximum: .seconds(1))
        #expect(backoff.delay(failures: 1, random: 0) == .milliseconds(50))
        #expect(backoff.delay(failures: 2, random: 0) == .milliseconds(100))
        #expect(backoff.delay(failures: 3, random: 500) == .milliseconds(300))
        #expect(backoff.delay(failures: 60, random: 999) < .seconds(1))
        #expect(backoff.delay(failures: 60, random: 0) == .milliseconds(500))
        #expect(backoff.delay(failures: 0, random: 0) == .milliseconds(50))
    }
}
