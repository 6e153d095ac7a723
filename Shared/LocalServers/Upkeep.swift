import Glibc

/// What is done for a running server that it does not do itself: nobody who posts waits for the servers longer than needed.
struct Upkeep: Sendable {
    /// How far the processes that the server starts beside itself step back when cores are short.
    var helperNiceness = 10
    /// The folder of a PostgreSQL cluster whose new pages are to be written early.
    var growingData: String?
    /// Where a Redis has its files, which are to be freed slowly when it removes them, and a folder for their second names.
    var removal: (files: String, kept: String)?

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
            if let removal {
                group.addTask {
                    let slow = SlowRemoval(folder: removal.files, kept: removal.kept)
                    await repeating(clock) { await slow.advance() ? .milliseconds(50) : .seconds(1) }
                    await slow.leave()
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
