import Logging
import ServiceLifecycle

/// Follows a file that holds the level of logging, so that it can be changed while the process runs.
///
/// A file, because it is what a container can be given anew from outside: a mounted file or ConfigMap.
struct LogLevelWatch: Service {
    let path: String
    let logs: LogSystem
    let logger: Logger
    var interval = Duration.seconds(2)

    /// Looks until a graceful stop.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            var known: String?
            while !Task.isCancelled {
                known = self.look(after: known)
                do { try await Task.sleep(for: self.interval) } catch { return }
            }
        }
    }

    /// Reads the file and sets the level when the file says another thing than before.
    ///
    /// - Parameter known: What it said before.
    /// - Returns: What it says now.
    func look(after known: String?) -> String? {
        let text: String
        do throws(SmallFileError) {
            text = try readSmallFile(path, limit: 256)
        } catch {
            // Told once: a file that is being replaced is there again the next time.
            if known != "" { logger.warning("the level of logging cannot be read", error: error) }
            return ""
        }
        guard text != known else { return known }
        let word = text.filter { !$0.isWhitespace }.lowercased()
        guard let level = LogLevel(rawValue: word)?.level else {
            let known = LogLevel.allCases.map(\.rawValue).joined(separator: ", ")
            logger.warning("the level of logging is none", metadata: ["levels": "\(known)", "file": "\(path)"])
            return text
        }
        if level != logs.level {
            logs.setLevel(level)
            logger.notice("the level of logging has changed", metadata: ["log.level": "\(level)"])
        }
        return text
    }
}
