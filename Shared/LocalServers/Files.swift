import Glibc

/// The few file operations that Foundation does not offer with modes, owners and error numbers.
package enum Files {
    /// The text of an error number.
    static func reason(_ number: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard strerror_r(number, &buffer, buffer.count) == 0 else { return "error \(number)" }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    static func failure(_ action: String, _ path: String) -> LocalServersError {
        LocalServersError(.folder, "Cannot \(action) \(path): \(reason(errno)).")
    }

    /// Whether something exists at the path.
    package static func exists(_ path: String) -> Bool {
        access(path, F_OK) == 0
    }

    static func isExecutable(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }

    /// Makes a folder, and the missing ones above it, and gives it the mode whatever the umask says.
    package static func makeFolder(_ path: String, mode: UInt32 = 0o700) throws {
        if exists(path) { return }
        let parent = Self.parent(of: path)
        if parent != path { try makeFolder(parent, mode: 0o755) }
        guard mkdir(path, mode) == 0 else {
            if errno == EEXIST { return }
            throw failure("make the folder", path)
        }
        guard fchmodat(AT_FDCWD, path, mode, AT_SYMLINK_NOFOLLOW) == 0 else { throw failure("set the mode of", path) }
    }

    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Replaces a file in one step, so that a crash leaves the old content or the new, never half of it.
    ///
    /// A file for another owner may stand in a folder of that one, who could have made its name lead elsewhere: it is not followed.
    package static func write(_ text: String, to path: String, mode: UInt32 = 0o600, owner: ServerAccount? = nil) throws
    {
        let following = owner == nil ? 0 : O_NOFOLLOW
        let folder = open(parent(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC | following)
        guard folder >= 0 else { throw failure("write", path) }
        defer { close(folder) }
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let draft = name + ".new"
        // What is there may be left of a crash, or put there by whose folder it is: it is not written to.
        unlinkat(folder, draft, 0)
        let descriptor = openat(folder, draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw failure("write", path) }
        defer { close(descriptor) }
        guard fchmod(descriptor, mode) == 0 else { throw failure("set the mode of", path) }
        if let owner, fchown(descriptor, owner.user, owner.group) != 0 { throw failure("give away", path) }
        var rest = text.utf8.span.bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw failure("write", path) }
            rest = rest.extracting(droppingFirst: count)
        }
        guard fsync(descriptor) == 0, renameat(folder, draft, folder, name) == 0 else { throw failure("write", path) }
    }

    /// The text of a small file from a byte offset on, at most `limit` bytes; nil when it cannot be read, or is no plain file.
    package static func read(
        _ path: String,
        from offset: Int = 0,
        limit: Int = 1 << 20,
        isFollowing: Bool = true
    ) -> String? {
        withPlainFile(path, isFollowing ? O_RDONLY : O_RDONLY | O_NOFOLLOW) { descriptor, _ in
            read(descriptor, from: offset, limit: limit)
        }
    }

    /// Opens a plain file while `body` runs; nil for anything else, without waiting for who would write into it.
    static func withPlainFile<Value>(
        _ path: String,
        _ mode: Int32,
        _ body: (_ descriptor: Int32, _ status: stat) -> Value?
    ) -> Value? {
        let descriptor = open(path, mode | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return body(descriptor, status)
    }

    /// The text of an open file from a byte offset on.
    static func read(_ descriptor: Int32, from offset: Int, limit: Int) -> String? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        while bytes.count < limit {
            let wanted = min(buffer.count, limit - bytes.count)
            let count = pread(descriptor, &buffer, wanted, off_t(offset + bytes.count))
            if count < 0 { return nil }
            if count == 0 { break }
            bytes.append(contentsOf: buffer[..<count])
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Gives a file or folder away; of a symbolic link the link alone.
    static func give(_ path: String, to owner: ServerAccount?) throws {
        guard let owner else { return }
        guard lchown(path, owner.user, owner.group) == 0 else { throw failure("give away", path) }
    }

    /// Removes a folder and all in it.
    ///
    /// Does nothing when there is none; of a symbolic link removes the link alone, also when somebody makes it meanwhile.
    package static func removeFolder(_ path: String) {
        removeFolder(path, in: AT_FDCWD)
    }

    private static func removeFolder(_ name: String, in parent: Int32) {
        let folder = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
        guard folder >= 0 else {
            unlinkat(parent, name, 0)
            return
        }
        defer { close(folder) }
        for child in names(in: fdopendir(dup(folder))) where unlinkat(folder, child, 0) != 0 {
            removeFolder(child, in: folder)
        }
        unlinkat(parent, name, AT_REMOVEDIR)
    }

    /// What is in a folder; nothing when there is none.
    static func names(in path: String) -> [String] {
        names(in: opendir(path))
    }

    private static func names(in folder: OpaquePointer?) -> [String] {
        guard let folder else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
