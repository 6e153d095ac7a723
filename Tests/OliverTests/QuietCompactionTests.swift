import Testing

@testable import OliverCommands

private func state(
    _ size: Int,
    base: Int = 0,
    isRewriting: Bool = false,
    commandsPerSecond: Int = 20
) -> QuietCompaction.State {
    .init(size: size << 20, base: base << 20, isRewriting: isRewriting, commandsPerSecond: commandsPerSecond)
}

@Suite struct `A quiet compaction` {
    @Test func `is due for a file that is long and has grown, when little happens`() {
        #expect(state(65).isDue)
        #expect(!state(64).isDue)
        #expect(state(201, base: 100).isDue)
        #expect(!state(200, base: 100).isDue)
        #expect(!state(500, commandsPerSecond: 300).isDue)
        #expect(!state(500, isRewriting: true).isDue)
    }

    @Test func `reads what the server says`() {
        let info = """
            # Persistence\r
            aof_enabled:1\r
            aof_rewrite_in_progress:0\r
            aof_rewrite_scheduled:1\r
            aof_current_size:104857600\r
            aof_base_size:1048576\r
            instantaneous_ops_per_sec:17\r
            """
        #expect(
            QuietCompaction.State(info: info)
                == .init(size: 104_857_600, base: 1_048_576, isRewriting: true, commandsPerSecond: 17)
        )
    }
}
