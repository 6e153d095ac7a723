import Testing

@testable import Analytics

@Suite(.timeLimit(.minutes(1))) struct `A handover` {
    private struct Broken: Error {}

    @Test func `brings all pieces in their order, one at a time`() async throws {
        let handover = Handover<Int>()
        async let giving: Void = {
            for number in 0..<100 { try await handover.give(number) }
            handover.end()
        }()
        var taken: [Int] = []
        while let number = try await handover.take() { taken.append(number) }
        try await giving
        #expect(taken == Array(0..<100))
        #expect(try await handover.take() == nil)
    }

    @Test func `tells the taker what went wrong`() async throws {
        let handover = Handover<Int>()
        async let giving: Void = {
            try await handover.give(1)
            handover.end(Broken())
        }()
        #expect(try await handover.take() == 1)
        await #expect(throws: Broken.self) { try await handover.take() }
        try await giving
    }

    @Test func `frees the giver when the taker is cancelled`() async throws {
        let handover = Handover<Int>()
        let outcome = await withTaskGroup(of: Result<Void, any Error>.self) { group in
            group.addTask {
                do {
                    while true { try await handover.give(1) }
                } catch {
                    return .failure(error)
                }
            }
            group.addTask {
                withUnsafeCurrentTask { $0?.cancel() }
                _ = try? await handover.take()
                return .success(())
            }
            var failures = 0
            for await result in group {
                if case .failure(let error) = result, error is CancellationError { failures += 1 }
            }
            return failures
        }
        #expect(outcome == 1)
    }
}
