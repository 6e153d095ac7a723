internal import BlockingExecutor
internal import Foundation
internal import Glibc
internal import ServiceRuntime

/// Looks at and reads one file on a thread of its own: it may lie on a disk that does not answer.
actor CatalogueFile {
    private let executor = BlockingExecutor()
    /// The path.
    nonisolated let path: String

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    init(path: String) {
        self.path = path
    }

    /// What tells one state of a file from another.
    enum Sight: Hashable, Sendable {
        case file(Mark)
        /// It cannot be looked at, and why.
        case failure(String)
    }

    /// A file's identity, size and times.
    struct Mark: Hashable, Sendable {
        private var device: UInt64
        private var inode: UInt64
        private var size: Int64
        private var times: [Int]

        init(_ status: stat) {
            device = UInt64(status.st_dev)
            inode = UInt64(status.st_ino)
            size = Int64(status.st_size)
            times = [
                status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec,
            ]
        }
    }

    /// How the file looks now; symbolic links are followed.
    func look() -> Sight {
        Self.look(at: path)
    }

    /// Reads the file as a catalogue.
    func read() throws(CatalogueError) -> (catalogue: Catalogue, sight: Sight) {
        try Self.read(path)
    }

    /// The catalogue that is shipped beside the executable.
    static func shipped() throws(CatalogueError) -> Catalogue {
        let name = "models.yaml"
        guard let url = Bundle.module.url(forResource: "models", withExtension: "yaml") else {
            throw problem(name, "is missing: it belongs beside the executable")
        }
        return try CatalogueReader.read(try bytes(url.path).content, file: name)
    }

    /// Reads a catalogue where blocking harms nobody, such as at start.
    static func read(_ path: String) throws(CatalogueError) -> (catalogue: Catalogue, sight: Sight) {
        let (content, sight) = try bytes(path)
        return (try CatalogueReader.read(content, file: path), sight)
    }

    private static func look(at path: String) -> Sight {
        var status = stat()
        return stat(path, &status) == 0 ? .file(Mark(status)) : .failure(errorText(errno))
    }

    private static func bytes(_ path: String) throws(CatalogueError) -> (content: [UInt8], sight: Sight) {
        // Without O_NONBLOCK a named pipe would wait for its writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw problem(path, "cannot be read: \(errorText(errno))") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw problem(path, "cannot be read: \(errorText(errno))") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw problem(path, "is no file") }
        let before = Mark(status)
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        // One chunk above the limit is enough for the reader to refuse it.
        while content.count <= CatalogueReader.sizeLimit {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw problem(path, "cannot be read: \(errorText(errno))") }
            if count == 0 { break }
            content.append(contentsOf: chunk[..<count])
        }
        guard fstat(descriptor, &status) == 0, Mark(status) == before else {
            throw problem(path, "changed while it was read")
        }
        return (content, .file(before))
    }

    private static func problem(_ file: String, _ message: String) -> CatalogueError {
        CatalogueError([CatalogueProblem(file: file, line: 0, field: "", message: message)])
    }
}
