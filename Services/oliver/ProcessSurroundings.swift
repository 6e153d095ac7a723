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

/// Shows a line for people that the next one takes the place of; in a log each is a line of its own.
func showProgress(_ text: String) {
    if isatty(STDERR_FILENO) == 1 {
        write("\r\u{1B}[K\(text)", to: STDERR_FILENO)
    } else {
        printError(text)
    }
}

/// Leaves the last line of progress where it is.
func endProgress() {
    if isatty(STDERR_FILENO) == 1 { printError("") }
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
