internal import CZlib
internal import Crypto
internal import Glibc

/// A file that is read in pieces; of a gzip file, what it holds.
final class ImportFile {
    /// Bytes of a piece.
    private static let size = 1 << 18

    private let path: String
    private let handle: gzFile
    /// Why reading ended before the content did.
    private(set) var failure: ImportError?

    /// - Throws: ``ImportError`` for a file that cannot be opened.
    init(_ path: String) throws(ImportError) {
        guard let handle = gzopen(path, "rbe") else {
            let reason = strerror(errno).map { String(cString: $0) } ?? "error"
            throw ImportError("\(path) cannot be read: \(reason).")
        }
        self.path = path
        self.handle = handle
        gzbuffer(handle, UInt32(Self.size))
    }

    deinit {
        gzclose(handle)
    }

    /// The next piece; empty at the end, and when there is a ``failure``.
    func next() -> [UInt8] {
        let piece = [UInt8](unsafeUninitializedCapacity: Self.size) { buffer, count in
            count = max(0, Int(gzread(handle, buffer.baseAddress, UInt32(Self.size))))
        }
        guard piece.count < Self.size else { return piece }
        var code: Int32 = Z_OK
        let reason = gzerror(handle, &code)
        guard code != Z_OK, code != Z_STREAM_END else { return piece }
        let text = code == Z_BUF_ERROR ? "it ends too early" : reason.map { String(cString: $0) } ?? "error"
        failure = ImportError("\(path) cannot be read: \(text).")
        return piece
    }

    /// All of the content; for small files.
    static func bytes(of path: String, limit: Int) throws(ImportError) -> [UInt8] {
        let file = try ImportFile(path)
        var stream = ByteStream(refill: file.next)
        let bytes = stream.rest(limit: limit)
        if let failure = file.failure { throw failure }
        guard let bytes else { throw ImportError("\(path) is larger than \(limit >> 20) MiB.") }
        return bytes
    }

    /// Tells a file, read in one way, from others.
    static func fingerprint(of path: String, options: [String]) throws(ImportError) -> String {
        let file = try ImportFile(path)
        var hash = SHA256()
        for option in options { hash.update(data: Array("\(option)\u{0}".utf8)) }
        while true {
            let piece = file.next()
            if piece.isEmpty { break }
            hash.update(data: piece)
        }
        if let failure = file.failure { throw failure }
        return hash.finalize().prefix(16).hex
    }
}
