import Glibc

/// Why a file of settings cannot be used.
struct SmallFileError: Error, CustomStringConvertible {
    let description: String
}

/// Reads a file of at most 1 MiB as UTF-8 text.
///
/// Secrets and settings are small: a larger file is a mistake, such as a device or a data file.
func readSmallFile(_ path: String, limit: Int = 1 << 20) throws(SmallFileError) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SmallFileError(description: errorText(errno)) }
    defer { close(descriptor) }
    var content: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16_384)
    while true {
        let count = read(descriptor, &chunk, chunk.count)
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { throw SmallFileError(description: errorText(errno)) }
        if count == 0 { break }
        content.append(contentsOf: chunk[..<count])
        guard content.count <= limit else { throw SmallFileError(description: "is larger than \(limit) bytes") }
    }
    guard let text = String(validating: content, as: UTF8.self) else {
        throw SmallFileError(description: "is not UTF-8 text")
    }
    return text
}

/// The C library's text of an error number.
package func errorText(_ code: Int32) -> String {
    guard let text = strerror(code) else { return "error \(code)" }
    return String(cString: text)
}
