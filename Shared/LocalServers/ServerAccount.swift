import Glibc

/// The unprivileged account that the servers run under when their parent is root.
///
/// PostgreSQL refuses to run as root, and Redis has no need to.
package struct ServerAccount: Sendable, Equatable {
    /// The account's name.
    package let name: String
    let user: uid_t
    let group: gid_t

    /// Whether this process runs as root.
    package static var isRoot: Bool { geteuid() == 0 }

    /// The account for the servers of this process: nil for an ordinary user, whose servers run as that user.
    ///
    /// - Throws: `missingAccount` when root finds no account to hand the servers to.
    static func forServers(named name: String = "postgres") throws -> ServerAccount? {
        guard isRoot else { return nil }
        guard let account = find(name) else {
            throw LocalServersError(
                .missingAccount,
                """
                Oliver runs as root, and PostgreSQL refuses to. It needs an unprivileged account named "\(name)".
                Make one: useradd --system --no-create-home --shell /usr/sbin/nologin \(name)
                """
            )
        }
        return account
    }

    static func find(_ name: String) -> ServerAccount? {
        var entry = passwd()
        var buffer = [CChar](repeating: 0, count: 16_384)
        var result: UnsafeMutablePointer<passwd>?
        guard getpwnam_r(name, &entry, &buffer, buffer.count, &result) == 0, result != nil, entry.pw_uid != 0 else {
            return nil
        }
        return ServerAccount(name: name, user: entry.pw_uid, group: entry.pw_gid)
    }

    /// Whether a program of this account may enter the folder.
    func canEnter(_ folder: String) async throws -> Bool {
        let test = Command("/usr/bin/test", ["-x", folder])
        return try await test.run(as: self) == .exited(0)
    }

    /// Checks that programs of this account may reach the folder, and names the folder that keeps them out.
    func checkAccess(to folder: String) async throws {
        if try await canEnter(folder) { return }
        var ancestors = [folder]
        while let last = ancestors.last, last != "/" { ancestors.append(Files.parent(of: last)) }
        for ancestor in ancestors.reversed() {
            if try await canEnter(ancestor) { continue }
            throw LocalServersError(
                .folder,
                """
                The account "\(name)", which PostgreSQL runs under, cannot enter \(ancestor).
                Choose another folder with --home, or allow entering: chmod o+x \(ancestor)
                """
            )
        }
    }
}
