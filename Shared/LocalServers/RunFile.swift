import FoundationEssentials
import Glibc

/// Where the running Oliver of a home folder is found: what commands such as `oliver keys` read.
///
/// It holds passwords, so only the owner may read it. It is there from the moment that Oliver is ready until it ends.
package struct RunFile: Codable, Equatable, Sendable {
    /// The number of the running process.
    package var process: Int32
    /// The port of the HTTP server.
    package var httpPort: Int
    /// The address of Redis, with its password.
    package var redisURL: String
    /// The address of PostgreSQL, with its password.
    package var postgresURL: String

    package init(process: Int32 = getpid(), httpPort: Int, redisURL: String, postgresURL: String) {
        self.process = process
        self.httpPort = httpPort
        self.redisURL = redisURL
        self.postgresURL = postgresURL
    }

    /// Writes the file into the home folder.
    package func write(to home: HomeFolder) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try home.write(String(decoding: try encoder.encode(self), as: UTF8.self) + "\n", to: "run.json")
    }

    /// Reads the file of the Oliver that runs on a home folder; nil when none does.
    ///
    /// - Throws: `folder` when there is a file that this user may not read.
    package static func load(fromHome path: String = HomeFolder.defaultPath) throws -> RunFile? {
        let file = "\(path)/run.json"
        guard Files.exists(file), isHeld("\(path)/lock") else { return nil }
        guard let text = Files.read(file) else { throw Files.failure("read", file) }
        return try? JSONDecoder().decode(RunFile.self, from: Data(text.utf8))
    }

    /// Whether a living process holds the lock: a killed one leaves its run file behind, but no lock.
    private static func isHeld(_ lock: String) -> Bool {
        let descriptor = open(lock, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return errno == EACCES }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0
    }
}
