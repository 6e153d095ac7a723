internal import ArgumentParser
internal import Glibc

/// Finds out before anything is made or started whether the port can be had.
enum PortProbe {
    /// Checks a port of an IPv4 address; other addresses are left to the server.
    ///
    /// - Throws: An error that says what to do when somebody else listens there.
    static func check(host: String, port: Int) throws {
        var address = sockaddr_in()
        guard port > 0, let number = UInt16(exactly: port), inet_pton(AF_INET, host, &address.sin_addr) == 1 else {
            return
        }
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = number.bigEndian
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var enabled: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &enabled, socklen_t(MemoryLayout<Int32>.size))
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status != 0, errno == EADDRINUSE else { return }
        throw ValidationError("Port \(port) of \(host) is taken. Choose another one with --port.")
    }
}
