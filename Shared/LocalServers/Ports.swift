import Glibc

/// Chooses loopback ports.
enum Ports {
    /// Below the range that the kernel takes for outgoing connections: a client that keeps connecting to a server
    /// that is down could otherwise be given the server's own port.
    static let range: Range<UInt16> = 20_000..<32_000

    /// A port on which nobody listens now.
    static func free() throws -> UInt16 {
        for _ in 0..<1_000 {
            let port = UInt16.random(in: range)
            if isFree(port) { return port }
        }
        throw LocalServersError(
            .startFailed,
            "No free loopback port between \(range.lowerBound) and \(range.upperBound)."
        )
    }

    static func isFree(_ port: UInt16) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var enabled: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &enabled, socklen_t(MemoryLayout<Int32>.size))
        return withLoopbackAddress(port) { bind(descriptor, $0, $1) == 0 }
    }
}

/// Calls the body with the socket address 127.0.0.1:port.
func withLoopbackAddress<Result>(
    _ port: UInt16,
    _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
) -> Result {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
}
