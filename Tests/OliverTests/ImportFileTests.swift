import CZlib
import Glibc
import LocalServers
import ServiceRuntime
import TestSupport
import Testing

@testable import OliverCommands

/// The records of some bytes that come in pieces of a size.
private func records(_ text: [UInt8], _ syntax: ImportRecords.Syntax, pieces size: Int) throws -> [String] {
    var rest = text[...]
    let stream = ByteStream {
        defer { rest = rest.dropFirst(size) }
        return Array(rest.prefix(size))
    }
    var records = try ImportRecords(stream, syntax)
    return try all(&records)
}

private func all(_ records: inout ImportRecords) throws -> [String] {
    var found: [String] = []
    while let record = try records.next() {
        switch record.value {
        case .success(let value): found.append("\(record.place): \(String(decoding: value.bytes, as: UTF8.self))")
        case .failure(let error): found.append("\(record.place): \(error)")
        }
    }
    return found
}

@Suite struct `A file that is read in pieces` {
    @Test(arguments: [
        ("a,b\r\n\"x, \"\"y\"\"\",\"two\r\nlines\"\n\nü😀,\"\"\rlast,\r\n,", ImportRecords.Syntax.csv, 4),
        ("{\"a\":1}\r\n\n  \n{\"ü\":\"😀\"}\n[1,\n{\"b\":2}", .lines, 4),
        ("[{\"a\":1},\n{\"b\":2}]", .document, 2),
    ])
    func `has the same records, wherever the pieces end`(text: String, syntax: ImportRecords.Syntax, count: Int) throws
    {
        let bytes = [0xEF, 0xBB, 0xBF] + Array(text.utf8)
        let whole = try records(bytes, syntax, pieces: bytes.count)
        #expect(whole.count == count)
        for size in 3...9 {
            #expect(try records(bytes, syntax, pieces: size) == whole, "\(size)")
        }
    }

    @Test func `may have a line that is too long, and is read on behind it`() throws {
        let long = [UInt8](repeating: UInt8(ascii: "5"), count: (16 << 20) + 1)
        let text = Array("{}\n".utf8) + long + Array("\n{}\n".utf8)
        let found = try records(text, .lines, pieces: 1 << 18)
        #expect(found == ["1: {}", "2: is longer than 16 MiB", "3: {}"])
        let row = try records(Array("a\n".utf8) + long, .csv, pieces: 1 << 18)
        #expect(row == ["2: a row is longer than 16 MiB; nothing behind it is read"])
    }

    @Test func `may be in gzip, in several parts, but not cut off`() async throws {
        try await withScratchFolder { folder in
            let lines = (1...5_000).map { #"{"event_id":"e\#($0)"}"# + "\n" }.joined()
            let (plain, packed) = ("\(folder)/usage.jsonl", "\(folder)/usage.jsonl.gz")
            try Files.write(lines, to: plain)
            for mode in ["wb", "ab"] { try pack(lines, into: packed, mode) }
            var read = try ImportRecords(path: plain)
            let once = try all(&read)
            #expect(once.count == 5_000 && once.last == #"5000: {"event_id":"e5000"}"#)
            var unpacked = try ImportRecords(path: packed)
            let twice = try all(&unpacked)
            #expect(twice.count == 10_000 && twice.prefix(5_000) == once[...])
            let prints = try [plain, packed].map { try ImportFile.fingerprint(of: $0, options: ["x"]) }
            #expect(prints[0] != prints[1] && prints.allSatisfy { $0.count == 32 })
            #expect(try ImportFile.fingerprint(of: plain, options: ["y"]) != prints[0])
            #expect(truncate(packed, 9_000) == 0)
            #expect(throws: ImportError("\(packed) cannot be read: it ends too early.")) {
                try ImportFile.fingerprint(of: packed, options: [])
            }
            var cut = try ImportRecords(path: packed)
            #expect(throws: ImportError.self) { try all(&cut) }
            #expect(throws: ImportError.self) { try ImportFile("\(folder)/none") }
        }
    }

    private func pack(_ text: String, into path: String, _ mode: String) throws {
        let file = try #require(gzopen(path, mode))
        #expect(gzwrite(file, text, UInt32(text.utf8.count)) == text.utf8.count)
        #expect(gzclose(file) == Z_OK)
    }
}
