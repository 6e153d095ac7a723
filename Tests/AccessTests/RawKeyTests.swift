import Access
import Testing

@Suite struct RawKeyTests {
    @Test func `has the form olv_ and 30 letters and digits, 178 bits`() throws {
        let key = RawKey.generate()
        #expect(key.text.hasPrefix("olv_"))
        #expect(key.text.utf8.count == 34)
        #expect(RawKey(key.text)?.hash == key.hash)
        #expect(RawKey.generate().text != key.text)
    }

    @Test func `does not show itself in a description`() {
        let key = RawKey.generate()
        #expect(!"\(key)".contains(key.text.dropFirst(10)))
        #expect(key.text.hasPrefix(key.shownPrefix))
    }

    @Test(arguments: [
        "", "olv_", "olv_short", "xxx_0123456789ABCDEFGHIJabcdefghij", "olv_0123456789ABCDEFGHIJabcdefghi!",
        "olv_0123456789ABCDEFGHIJabcdefghijk", "olv_0123456789ABCDEFGHIJabcdefgh é",
    ])
    func `refuses what has not the form of a key`(text: String) {
        #expect(RawKey(text) == nil)
    }

    @Test func `hashes with SHA-256`() {
        let hex = KeyHash(of: "abc".utf8).bytes.map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }
        #expect(hex.joined() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(KeyHash(bytes: KeyHash(of: "abc".utf8).bytes) == KeyHash(of: "abc".utf8))
        #expect(KeyHash(bytes: [1, 2, 3]) == nil)
    }

    @Test func `uses all of its alphabet evenly`() {
        var counts: [Character: Int] = [:]
        for _ in 0..<2000 {
            for character in RawKey.generate().text.dropFirst(4) {
                counts[character, default: 0] += 1
            }
        }
        // 60,000 draws over 62 characters: 968 each, standard deviation 31.
        #expect(counts.count == 62)
        #expect(counts.values.allSatisfy { (700...1240).contains($0) })
    }
}
