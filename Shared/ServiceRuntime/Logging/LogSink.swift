import Glibc

/// Where log lines go.
package protocol LogSink: Sendable {
    /// Takes one line with its line break.
    func write(line: [UInt8])
}

/// Writes each line with one `write(2)` to a file descriptor, so that lines of several threads and processes stay whole.
///
/// What the descriptor does not take is dropped: a log must never stop the program.
package struct DescriptorLogSink: LogSink {
    private let descriptor: Int32

    package init(descriptor: Int32 = STDERR_FILENO) {
        self.descriptor = descriptor
    }

    package func write(line: [UInt8]) {
        var rest = line[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                return
            }
        }
    }
}
