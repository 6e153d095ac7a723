import FoundationEssentials
import Testing

@testable import Ingest

/// Made by gzip(1): `printf 'hello' | gzip -n`.
private let hello: [UInt8] = [
    0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x86, 0xA6,
    0x10, 0x36, 0x05, 0x00, 0x00, 0x00,
]

@Suite struct `Gzip bodies` {
    @Test func `inflate to their content, several members too`() throws {
        #expect(try Gzip.inflate(hello, limit: 5) == Array("hello".utf8))
        #expect(try Gzip.inflate(hello + hello, limit: 10) == Array("hellohello".utf8))
    }

    @Test func `stop at the limit`() {
        #expect(throws: Gzip.Failure.tooLarge) { try Gzip.inflate(hello, limit: 4) }
        #expect(throws: Gzip.Failure.tooLarge) { try Gzip.inflate(hello + hello, limit: 9) }
    }

    @Test func `are refused when they are cut, broken or no gzip at all`() {
        #expect(throws: Gzip.Failure.malformed) { try Gzip.inflate([], limit: 100) }
        #expect(throws: Gzip.Failure.malformed) { try Gzip.inflate(Array(hello.dropLast(9)), limit: 100) }
        #expect(throws: Gzip.Failure.malformed) { try Gzip.inflate(Array("no gzip".utf8), limit: 100) }
        var broken = hello
        broken[12] ^= 0xFF
        #expect(throws: Gzip.Failure.malformed) { try Gzip.inflate(broken, limit: 100) }
        #expect(throws: Gzip.Failure.malformed) { try Gzip.inflate(hello + [1, 2, 3], limit: 100) }
    }
}
