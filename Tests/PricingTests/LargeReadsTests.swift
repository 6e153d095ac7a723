import HTTPTypes
import ServiceRuntime
import Testing

@testable import Pricing

struct `large reads` {
    @Test
    func `so many go on at once, one more is told to come again, and a place that is free is given anew`() async throws
    {
        let reads = LargeReads(limit: 2)
        let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
        let gates = (0..<2).map { _ in AsyncStream.makeStream(of: Void.self) }
        try await withThrowingTaskGroup(of: Int.self) { group in
            for (number, gate) in gates.enumerated() {
                group.addTask {
                    try await reads.run {
                        arrived.yield()
                        for await _ in gate.stream {}
                        return number
                    }
                }
            }
            var iterator = arrivals.makeAsyncIterator()
            for _ in gates { await iterator.next() }
            await #expect {
                try await reads.run {}
            } throws: { error in
                guard let problem = error as? Problem else { return false }
                return problem.status == .serviceUnavailable && problem.retryAfter == .seconds(2)
            }
            gates[0].continuation.finish()
            #expect(try await group.next() == 0)
            try await reads.run {}
            gates[1].continuation.finish()
            #expect(try await group.next() == 1)
        }
    }
}
