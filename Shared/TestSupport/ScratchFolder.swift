import Glibc
import LocalServers

/// Temporary folders of tests.
package enum ScratchFolder {
    /// A new empty folder, which the servers' account may enter too.
    ///
    /// The caller removes it.
    package static func make(mode: UInt32 = 0o711) throws -> String {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        let resolved = realpath(base, nil)
        defer { free(resolved) }
        let parent = resolved.map { String(cString: $0) } ?? base
        let path = "\(parent)/oliver-test-\(Secrets.random().prefix(16))"
        try Files.makeFolder(path, mode: mode)
        return path
    }
}

/// Lends a new empty folder and removes it with all in it.
package func withScratchFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let path = try ScratchFolder.make()
    defer { Files.removeFolder(path) }
    return try await body(path)
}
