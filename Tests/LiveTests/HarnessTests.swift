import Testing

@Suite struct HarnessTests {
    @Test(arguments: [
        ("0.05731978", 57_319_780_000), ("12", 12_000_000_000_000), ("0", 0), ("0.0000000000005", 0),
        ("0.0000000000015", 2), ("0.00000000000050001", 1), ("0.0000000000004999", 0),
        ("1.0000000000025", 1_000_000_000_002),
    ])
    func `rounds an expected cost once, half to even`(text: String, expected: Int64) {
        #expect(picoDollars(text) == expected)
        #expect(picoDollars(usd(Int128(expected))) == expected)
    }

    @Test(arguments: ["", "x", "1e3", "-1", "."])
    func `takes nothing else for an expected cost`(text: String) {
        #expect(picoDollars(text) == nil)
    }

    @Test func `writes sums with 12 decimals`() {
        #expect(usd(1) == "0.000000000001")
        #expect(usd(-1_500_000_000_000) == "-1.500000000000")
    }

    @Test func `reads every token case of the fixture`() throws {
        let vectors = try Vector.tokenCases()
        #expect(vectors.count == 1_792)
        #expect(vectors.count { $0.cost == nil } == 6)
        #expect(vectors.count { $0.occurredAt != nil } == 21)
    }

    @Test func `reads answers that come in pieces`() throws {
        let stream = """
            HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 Accepted\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello\
            HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n
            """
        for size in [1, 7, 1_000] {
            var reader = AnswerReader()
            var answers: [HTTPAnswer] = []
            var rest = Array(stream.utf8)[...]
            while !rest.isEmpty {
                reader.append(Array(rest.prefix(size)))
                rest = rest.dropFirst(size)
                while let answer = try reader.next() { answers.append(answer) }
            }
            #expect(answers.map(\.status) == [202, 200])
            #expect(answers.map(\.text) == ["hello", "abcde"])
            #expect(answers.first?.headers["x-a"] == "b")
        }
    }

    @Test func `notes an event that is accepted twice, and one that is a duplicate without reason`() {
        let journal = Journal(workspaces: 1)
        let numbers = (0..<2).map { _ in
            journal.add { LoadEvent(id: "e\($0)", workspace: 0, text: [], cost: 1) }
        }
        func answer(_ statuses: String...) -> [RecordAnswer.Item] {
            statuses.enumerated().map { RecordAnswer.Item(index: $0, eventId: "e\($0)", status: $1) }
        }
        #expect(journal.answered(journal.begin(numbers), answer("accepted", "duplicate")).isEmpty)
        #expect(journal.answered(journal.begin(numbers), answer("accepted", "duplicate")).isEmpty)
        #expect(journal.record.faults == ["e1 was new and answered as duplicate", "e0 was accepted twice"])
    }

    @Test func `lets through no more than the gate allows, and all in the end`() async {
        let gate = LoadGate(total: 10)
        await gate.raise(to: 4)
        #expect(await gate.take(3) == 3)
        #expect(await gate.take(3) == 1)
        async let later = gate.take(100)
        await gate.raise(to: 20)
        #expect(await later == 6)
        #expect(await gate.take(1) == 0)
    }
}
