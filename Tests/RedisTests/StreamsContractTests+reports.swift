import Streams
import Testing

private func report(_ number: Int, rank: Int, digest: UInt8, windowMilliseconds: Int = 1_000) -> Claim {
    var claim = claim(number, digest: digest, payload: Array("report \(number) of rank \(rank)".utf8))
    claim.report = ReportUse(rank: rank, window: .milliseconds(windowMilliseconds))
    return claim
}

extension UnderTest {
    /// What is in the stream, once the windows have ended.
    fileprivate func settled() async throws -> [String] {
        try await age(1_100)
        while try await streams.settleReports() > 0 {}
        let reader = streams.reader(.raw, .pricing)
        let batch = try await reader.read(limit: 100, wait: .zero)
        try await streams.acknowledge(batch, for: .pricing)
        await reader.close()
        return batch.texts
    }
}

extension `streams contract` {
    @Test(arguments: Implementation.allCases)
    func `of several reports on an event the richest is the event, whichever comes first`(
        _ implementation: Implementation
    ) async throws {
        try await withStreams(implementation) { test in
            let poorFirst = [report(1, rank: 10, digest: 1), report(1, rank: 30, digest: 2)]
            let richFirst = [report(2, rank: 30, digest: 3), report(2, rank: 10, digest: 4)]
            #expect(await test.streams.claim([poorFirst[0], richFirst[0]]) == [.accepted, .accepted])
            let early = try await test.streams.settleReports()
            #expect(early == 0)
            #expect(await test.streams.claim([poorFirst[1], richFirst[1]]) == [.duplicate, .conflict])
            #expect(
                await test.streams.claim([poorFirst[1], report(1, rank: 30, digest: 9)]) == [.duplicate, .conflict]
            )
            #expect(Set(try await test.settled()) == ["report 1 of rank 30", "report 2 of rank 30"])
            // From then on it is an event like any other.
            #expect(await test.streams.claim(poorFirst) == [.conflict, .duplicate])
            #expect(await test.streams.claim([report(1, rank: 90, digest: 7)]) == [.conflict])
            #expect(try await test.settled().isEmpty)
        }
    }

    @Test(arguments: Implementation.allCases)
    func `a report on an event that was claimed meanwhile is dropped`(_ implementation: Implementation) async throws {
        try await withStreams(implementation) { test in
            #expect(await test.streams.claim([report(1, rank: 10, digest: 1)]) == [.accepted])
            #expect(await test.streams.claim([claim(1, digest: 5)]) == [.accepted])
            let settled = try await test.settled()
            #expect(settled == ["event 1"])
        }
    }

    @Test(arguments: Implementation.allCases)
    func `reports wait while their partition is full`(_ implementation: Implementation) async throws {
        try await withStreams(implementation, backlogLimit: 2) { test in
            #expect(await test.streams.claim([report(1, rank: 10, digest: 1)]) == [.accepted])
            #expect(await test.streams.claim([claim(2), claim(3)]) == [.accepted, .accepted])
            #expect(try await test.settled() == ["event 2", "event 3"])
            try await test.streams.trim(.raw)
            #expect(try await test.settled() == ["report 1 of rank 10"])
        }
    }
}
