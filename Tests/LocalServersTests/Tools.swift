import Glibc
@testable import LocalServers

/// Runs a program with its output in a file; for asking servers from outside.
func output(of program: String, _ arguments: [String], environment: [String: String] = [:]) async throws -> String {
    let folder = "/tmp/oliver-test-\(Secrets.random().prefix(16))"
    try Files.makeFolder(folder)
    defer { Files.removeFolder(folder) }
    let log = ServerLog(path: "\(folder)/output")
    let status = try await Command(program, arguments, environment: environment).run(log: log)
    let text = log.tail(from: 0)
    return status == .exited(0) ? text : "\(status): \(text)"
}

func redis(_ url: String, _ arguments: String...) async throws -> String {
    // redis-cli 7.0 does not log in without a user's name.
    let named = "redis://default" + url.dropFirst("redis://".count)
    return try await output(of: "/usr/bin/redis-cli", ["--no-auth-warning", "-u", named] + arguments)
}

func psql(_ url: String, _ statement: String) async throws -> String {
    try await output(
        of: "\(Programs.postgresFolder())/psql",
        ["--no-psqlrc", "--tuples-only", "--no-align", "--dbname", url, "--command", statement]
    )
}

/// Whether a process with this number exists.
func lives(_ process: pid_t) -> Bool {
    kill(process, 0) == 0
}

/// The bytes of a file; 0 when there is none.
func size(of path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : 0
}
