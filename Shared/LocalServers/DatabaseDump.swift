import Glibc

/// Writes a database to a file and reads it back, by PostgreSQL's own programs.
package enum DatabaseDump {
    /// Writes all of a database, as it is at one moment; it may be in use.
    ///
    /// - Parameters:
    ///   - environment: How libpq reaches the database (`PGHOST`, …).
    ///   - path: The file, which only its owner may read; one that is there is replaced in one step.
    /// - Throws: `missingBinary`; `command` with what the program said; `folder` when the file cannot be written.
    package static func write(_ environment: [String: String], to path: String) async throws {
        let path = try absolute(path)
        let partial = path + ".partial"
        // Made first, so that nobody else can read it while it is written.
        try Files.write("", to: partial)
        // What is left of a dump that failed holds as much as a whole one. Once it is renamed, there is none.
        defer { unlink(partial) }
        let program = Command(
            "\(try Programs.postgresFolder(needing: ["pg_dump"]))/pg_dump",
            ["--format=custom", "--no-owner", "--no-privileges", "--file=\(partial)"],
            environment: environment
        )
        try await run(program, besides: path)
        try await check(partial)
        guard rename(partial, path) == 0 else { throw Files.failure("write", path) }
    }

    /// Looks at the file itself: that the program succeeded does not say that it wrote this one.
    private static func check(_ partial: String) async throws {
        var status = stat()
        guard stat(partial, &status) == 0 else { throw Files.failure("read", partial) }
        guard status.st_mode & 0o077 == 0, status.st_size > 0 else {
            throw LocalServersError(.command, "pg_dump wrote nothing to \(partial), or others can read it.")
        }
        _ = try await list(partial)
    }

    /// The path from the root: PostgreSQL's programs run in another folder than who calls.
    private static func absolute(_ path: String) throws -> String {
        if path.hasPrefix("/") { return path }
        guard let folder = getcwd(nil, 0) else { throw Files.failure("find", path) }
        defer { free(folder) }
        return "\(String(cString: folder))/\(path)"
    }

    /// The names of the tables that a file holds.
    ///
    /// - Throws: `missingBinary`; `command` when the file is no dump.
    package static func tables(in path: String) async throws -> Set<String> {
        let log = try await list(try absolute(path))
        let names = log.split(separator: "\n").compactMap { line -> String? in
            let words = line.split(separator: " ")
            guard let index = words.firstIndex(of: "TABLE"), words.count > index + 2, words[index + 1] != "DATA" else {
                return nil
            }
            return String(words[index + 2])
        }
        return Set(names)
    }

    /// Reads a file into an empty database, whole or not at all.
    package static func read(_ path: String, into environment: [String: String]) async throws {
        let path = try absolute(path)
        let database = environment["PGDATABASE"] ?? "postgres"
        let program = Command(
            "\(try Programs.postgresFolder(needing: ["pg_restore"]))/pg_restore",
            [
                "--dbname=\(database)", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges",
                path,
            ],
            environment: environment
        )
        try await run(program, besides: path)
    }

    private static func list(_ path: String) async throws -> String {
        let program = Command(
            "\(try Programs.postgresFolder(needing: ["pg_restore"]))/pg_restore",
            ["--list", path]
        )
        return try await withLog(besides: path) { log in
            try await program.runChecked(log: log)
            return Files.read(log.path) ?? ""
        }
    }

    private static func run(_ program: Command, besides path: String) async throws {
        try await withLog(besides: path) { try await program.runChecked(log: $0) }
    }

    private static func withLog<Value>(besides path: String, _ body: (ServerLog) async throws -> Value) async throws
        -> Value
    {
        let log = ServerLog(path: "\(path).log.\(getpid())")
        defer { unlink(log.path) }
        return try await body(log)
    }
}
