import Testing

@testable import OliverCommands

private func rows(_ text: String) throws -> [CSVReader.Row] {
    try CSVReader.rows(of: Array(text.utf8))
}

@Suite struct `A reader of comma-separated values` {
    @Test func `undoes quotes and counts lines`() throws {
        let found = try rows("a,b\r\n\"x, \"\"y\"\"\",\"two\nlines\"\n\n\"\"\nlast,")
        #expect(
            found == [
                .init(line: 1, fields: ["a", "b"]), .init(line: 2, fields: [#"x, "y""#, "two\nlines"]),
                .init(line: 5, fields: [""]), .init(line: 6, fields: ["last", ""]),
            ]
        )
    }

    @Test func `takes every kind of line end, and a mark in front`() throws {
        #expect(try rows("\u{FEFF}a\rb\r\nc").map(\.fields) == [["a"], ["b"], ["c"]])
        #expect(try rows("a\r\rb").map(\.line) == [1, 3])
        #expect(try rows("").isEmpty)
        #expect(try rows("\n\n").isEmpty)
    }

    @Test(arguments: [
        ("a\n\"open\nb", 2, "not closed"), ("a\n\nb\"c", 3, "within a field"), ("\"a\"b", 1, "follows a closing quote"),
        ("a\n\"x\ny\"z", 3, "follows a closing quote"),
    ]) func `names the line of what is wrong`(text: String, line: Int, words: String) {
        #expect { try rows(text) } throws: { error in
            guard let error = error as? CSVError else { return false }
            return error.line == line && error.description.contains(words)
        }
    }

    @Test func `refuses what is no UTF-8`() {
        #expect(throws: CSVError(line: 2, reason: "is not UTF-8 text")) {
            try CSVReader.rows(of: Array("a\n".utf8) + [0xC3, 0x28])
        }
    }
}
