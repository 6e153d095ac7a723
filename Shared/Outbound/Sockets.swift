internal import CCurl
internal import Glibc
internal import Synchronization

/// The sockets of one libcurl handle, so that they can be cut.
///
/// libcurl takes leave of an SMTP server and waits for its answer, for minutes when it hangs, also while a handle is freed.
/// On a socket that was shut down it does not wait.
final class Sockets: Sendable {
    private let open = Mutex<Set<Int32>>([])

    /// Makes a socket for an address.
    func make(_ address: curl_sockaddr) -> Int32 {
        let type = address.socktype | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(address.family, type, address.protocol)
        if descriptor >= 0 { _ = open.withLock { $0.insert(descriptor) } }
        return descriptor
    }

    /// Closes a socket that libcurl is done with; under the lock, so that its number is not another's when it is cut.
    func close(_ descriptor: Int32) -> Int32 {
        open.withLock { open in
            open.remove(descriptor)
            return Glibc.close(descriptor)
        }
    }

    /// Ends all connections.
    func cut() {
        open.withLock { open in
            for descriptor in open { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }
}

/// libcurl's `CURLOPT_CLOSESOCKETFUNCTION`; the handle keeps its sockets' object until it is freed.
func closeSocket(_ user: UnsafeMutableRawPointer?, _ descriptor: curl_socket_t) -> Int32 {
    guard let user = unsafe user else { return close(descriptor) }
    return unsafe Unmanaged<Sockets>.fromOpaque(user).takeUnretainedValue().close(descriptor)
}
