import Glibc

/// What is done for a running server that it does not do itself: nobody who posts waits for the servers longer than needed.
struct Upkeep: Sendable {
    /// How far the processes that the server starts beside itself step back when cores are short.
    var helperNiceness = 10
    /// The folder of a PostgreSQL cluster whose new pages are to be written early.
    var growingData: String?
    /// The folder of a Redis whose removed files are to be freed slowly.
    var appendOnlyFolder: String?

    /// Does it until the task is cancelled.
    func run(for server: pid_t, clock: ContinuousClock = ContinuousClock()) async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                var helpers = HelperNiceness(helperNiceness)
                await repeating(clock) {
                    helpers.tell(childrenOf: server)
                    return .milliseconds(200)
                }
            }
            if let growingData {
                group.addTask {
                    let writer = PageWriter(data: growingData)
                    await repeating(clock) { await writer.write() ? .milliseconds(200) : .seconds(1) }
                }
            }
            if let appendOnlyFolder {
                group.addTask {
                    let removal = SlowRemoval(folder: appendOnlyFolder, kept: "\(appendOnlyFolder).removed")
                    await repeating(clock) { await removal.advance() ? .milliseconds(50) : .seconds(1) }
                }
            }
        }
    }
}

/// Repeats something after the pause that it asks for, until the task is cancelled.
private func repeating(_ clock: ContinuousClock, _ body: () async -> Duration) async {
    while !Task.isCancelled {
        let pause = await body()
        try? await clock.sleep(for: pause)
    }
}
