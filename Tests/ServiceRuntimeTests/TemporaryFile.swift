import Glibc

/// A file that a test writes and removes.
struct TemporaryFile {
    let path: String

    init(_ content: String) throws {
        var template = Array("/tmp/oliver-test-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw TemporaryFileError(code: errno) }
        defer { close(descriptor) }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        let bytes = Array(content.utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count else { throw TemporaryFileError(code: errno) }
    }

    func remove() {
        unlink(path)
    }
}

struct TemporaryFileError: Error {
    let code: Int32
}

extension TemporaryFile {
    func openForAppending() -> Int32 {
        open(path, O_WRONLY | O_APPEND)
    }

    var content: String {
        let descriptor = open(path, O_RDONLY)
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = read(descriptor, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}
