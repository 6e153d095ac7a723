internal import Logging
internal import Redis
internal import ServiceLifecycle

/// Rewrites the append-only file of the private Redis in quiet moments.
///
/// Under load a rewrite takes one of few cores for a second or more and is felt by whoever waits for an accept; but a
/// short file makes the next start fast. So the server itself rewrites only a file that has become very long
/// (`LocalRedis`), and this does it earlier when little happens.
struct QuietCompaction: Service {
    let redis: RedisPool
    let logger: Logger

    /// How often to look.
    private static let interval = Duration.seconds(5)

    /// Looks until a graceful stop; a server that does not answer is looked at again.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do { try await Task.sleep(for: Self.interval) } catch { return }
                do {
                    try await look()
                } catch {
                    logger.debug("the append-only file was not looked at", metadata: ["error": "\(error)"])
                }
            }
        }
        await redis.close()
    }

    private func look() async throws {
        let replies = try await redis.pipeline([
            RedisCommand("INFO", "persistence"), RedisCommand("INFO", "stats"),
        ])
        let state = State(info: replies.compactMap(\.text).joined(separator: "\n"))
        guard state.isDue else { return }
        try await redis.send(RedisCommand("BGREWRITEAOF"))
        logger.debug("rewriting the append-only file", metadata: ["aof.bytes": "\(state.size)"])
    }

    /// What decides whether a rewrite pays now.
    struct State: Equatable {
        /// Bytes of the file.
        var size: Int
        /// Bytes of the file after the last rewrite.
        var base: Int
        var isRewriting: Bool
        /// Commands in the last second.
        var commandsPerSecond: Int

        /// Files below this are read in about a second.
        static let worthwhile = 64 << 20
        /// Idle services ask for about a hundred things a second.
        static let quiet = 300

        init(size: Int, base: Int, isRewriting: Bool, commandsPerSecond: Int) {
            self.size = size
            self.base = base
            self.isRewriting = isRewriting
            self.commandsPerSecond = commandsPerSecond
        }

        /// Reads what `INFO` says; a figure that is missing counts as 0.
        init(info: String) {
            var values: [Substring: Int] = [:]
            for line in info.split(whereSeparator: \.isNewline) {
                let parts = line.split(separator: ":", maxSplits: 1)
                if parts.count == 2, let value = Int(parts[1]) { values[parts[0]] = value }
            }
            size = values["aof_current_size"] ?? 0
            base = values["aof_base_size"] ?? 0
            isRewriting = (values["aof_rewrite_in_progress"] ?? 0) + (values["aof_rewrite_scheduled"] ?? 0) > 0
            commandsPerSecond = values["instantaneous_ops_per_sec"] ?? 0
        }

        var isDue: Bool {
            !isRewriting && size > Self.worthwhile && size > 2 * base && commandsPerSecond < Self.quiet
        }
    }
}
