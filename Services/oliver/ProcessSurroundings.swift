internal import FoundationEssentials
internal import Glibc

/// The environment of this process.
func processEnvironment() -> [String: String] {
    ProcessInfo.processInfo.environment
}

/// Whether standard output goes to a person and not into a log.
var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

/// Writes a line for people to standard error, so that standard output stays for data.
func printError(_ text: String) {
    write("\(text)\n", to: STDERR_FILENO)
}

/// Writes a line to standard output at once, where `print` keeps it back when the output is no terminal.
func printNow(_ text: String) {
    write("\(text)\n", to: STDOUT_FILENO)
}

private func write(_ text: String, to descriptor: Int32) {
    let bytes = Array(text.utf8)
    var start = 0
    while start < bytes.count {
        let written = bytes[start...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        guard written > 0 else { return }
        start += written
    }
}
