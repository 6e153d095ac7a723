import Glibc

/// The host's name, `localhost` when it has none that fits.
func hostName() -> String {
    var name = [CChar](repeating: 0, count: 65)
    guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
    let bytes = name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
    guard let text = String(validating: bytes, as: UTF8.self), !text.isEmpty else { return "localhost" }
    return text
}
