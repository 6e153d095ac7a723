import FoundationEssentials
import Glibc

/// Finds the installed server programs.
enum Programs {
    /// The folder with the programs that are needed: on `PATH`, else the newest that Debian installed.
    ///
    /// - Throws: `missingBinary`, naming the package to install.
    static func postgresFolder(
        needing programs: [String] = ["initdb", "postgres", "psql"],
        searching path: [String] = searchPath,
        debian: String = "/usr/lib/postgresql"
    ) throws -> String {
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: debian)) ?? []
        let debianFolders = versions.compactMap(Int.init).filter { $0 >= 14 }.sorted(by: >)
            .map { "\(debian)/\($0)/bin" }
        for folder in path + debianFolders
        where programs.allSatisfy({ Files.isExecutable("\(folder)/\($0)") }) {
            return folder
        }
        throw LocalServersError(
            .missingBinary,
            "PostgreSQL 14 or newer is not installed. On Debian or Ubuntu: apt-get install postgresql"
        )
    }

    /// The Redis server program.
    ///
    /// - Throws: `missingBinary`, naming the package to install.
    static func redisServer(searching path: [String] = searchPath) throws -> String {
        for folder in path + ["/usr/bin", "/usr/local/bin"] where Files.isExecutable("\(folder)/redis-server") {
            return "\(folder)/redis-server"
        }
        throw LocalServersError(
            .missingBinary,
            "Redis 7 or newer is not installed. On Debian or Ubuntu: apt-get install redis-server"
        )
    }

    static var searchPath: [String] {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
            .filter { $0.hasPrefix("/") }
    }
}
