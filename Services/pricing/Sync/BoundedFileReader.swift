internal import BlockingExecutor
internal import Glibc

/// Reads files of bounded size, on a thread where blocking harms nobody.
actor BoundedFileReader {
    private let executor = BlockingExecutor()

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    /// Reads a regular file whole.
    ///
    /// - Throws: ``PriceMapFetchError``.
    func read(_ path: String, limit: Int) throws(PriceMapFetchError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Self.failure(path, errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.failure(path, errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw PriceMapFetchError("The price map \(path) is no regular file.", isRetriable: false)
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(min(Int(status.st_size), limit))
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Self.failure(path, errno) }
            if count == 0 { return bytes }
            guard bytes.count + count <= limit else {
                throw PriceMapFetchError("The price map has more than \(limit) bytes.", isRetriable: false)
            }
            bytes.append(contentsOf: chunk[..<count])
        }
    }

    private static func failure(_ path: String, _ code: Int32) -> PriceMapFetchError {
        let reason = strerror(code).map { String(cString: $0) } ?? "error \(code)"
        return PriceMapFetchError("The price map \(path) cannot be read: \(reason).", isRetriable: false)
    }
}
