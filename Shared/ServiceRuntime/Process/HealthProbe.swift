import Glibc

/// Asks a running service whether it is ready: a health check for images that have neither shell nor HTTP client.
enum HealthProbe {
    /// Seconds that connecting, asking and each part of the answer may take.
    private static let patience = 2

    /// Asks `/readyz`.
    ///
    /// - Parameters:
    ///   - host: The address that the service listens on; one that stands for all is asked through this machine's own.
    ///   - port: Its port.
    /// - Returns: Whether it answers 200.
    static func isReady(host: String, port: Int) -> Bool {
        let name = ["0.0.0.0", "::", "*"].contains(host) ? "127.0.0.1" : host
        guard let descriptor = connect(to: name, port: port) else { return false }
        defer { close(descriptor) }
        let request = Array("GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
        guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            return false
        }
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64)
        // The status stands in the first twelve bytes.
        while answer.count < 12 {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            guard count > 0 else { return false }
            answer.append(contentsOf: chunk[..<count])
        }
        return String(decoding: answer.prefix(12), as: UTF8.self) == "HTTP/1.1 200"
    }

    private static func connect(to host: String, port: Int) -> Int32? {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &found) == 0, let found else { return nil }
        defer { freeaddrinfo(found) }
        let address = found.pointee
        let descriptor = socket(address.ai_family, address.ai_socktype, address.ai_protocol)
        guard descriptor >= 0 else { return nil }
        var limit = timeval(tv_sec: patience, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        guard Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }
}
