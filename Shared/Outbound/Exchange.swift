internal import CCurl
internal import Synchronization

/// What one transfer sends and receives, as libcurl's callbacks see it.
///
/// libcurl calls them on the thread that performs the transfer, while `CurlConnection` holds the object; only `cancel`
/// comes from elsewhere.
final class Exchange {
    private let transfer: CurlConnection.Transfer
    private var sent = 0
    private let cancellation: Cancellation
    private let sockets: Sockets
    private let deadline: ContinuousClock.Instant
    private var headSize = 0
    /// The body of the answer.
    private(set) var received: [UInt8] = []
    /// The lines of the server's head, or what an SMTP server said, without their ends.
    private(set) var lines: [[UInt8]] = []
    /// Why the transfer was ended from this side.
    private(set) var stop: Stop?
    /// Whether there was a connection on which to make the request.
    private(set) var hasBegun = false

    /// Bytes of a server's head at most.
    private static let headLimit = 64 << 10

    /// Why a transfer is ended from this side.
    enum Stop: Sendable {
        /// The policy does not allow an address.
        case refusedAddress
        /// The answer is larger than the transfer's limit.
        case tooLarge
        /// The deadline is over.
        case overdue
        /// The request would be made for a second time.
        case repeated
    }

    /// A request to stop, from any thread.
    final class Cancellation: Sendable {
        private let flag = Atomic(false)

        func cancel() { flag.store(true, ordering: .relaxed) }
        var isCancelled: Bool { flag.load(ordering: .relaxed) }
    }

    /// - Parameters:
    ///   - transfer: What to send, and the bounds.
    ///   - cancellation: Ends the transfer from elsewhere.
    ///   - deadline: Ends all of it: libcurl's own timeout does not hold while it takes leave of a server.
    ///   - sockets: Makes connections.
    init(
        _ transfer: CurlConnection.Transfer,
        cancellation: Cancellation,
        deadline: ContinuousClock.Instant,
        sockets: Sockets
    ) {
        self.transfer = transfer
        self.cancellation = cancellation
        self.deadline = deadline
        self.sockets = sockets
    }

    fileprivate func mustEnd() -> Bool {
        if cancellation.isCancelled { return true }
        guard ContinuousClock.now > deadline else { return false }
        stop = .overdue
        return true
    }

    /// Whether the request may be made on the connection that was found.
    fileprivate func begin() -> Bool {
        // libcurl makes it again when a connection that was kept turns out to be dead: the server may have taken the first.
        guard !hasBegun || transfer.mayRepeat else {
            stop = .repeated
            return false
        }
        hasBegun = true
        return true
    }

    fileprivate func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, transfer.upload.count - sent)
        unsafe buffer.copyBytes(from: transfer.upload[sent..<sent + count])
        sent += count
        return count
    }

    /// Takes a part of the body; not what goes beyond the limit.
    fileprivate func take(body: UnsafeRawBufferPointer) -> Bool {
        guard body.count <= transfer.receiveLimit - received.count else {
            stop = .tooLarge
            return false
        }
        unsafe received.append(contentsOf: body)
        return true
    }

    fileprivate func take(line: UnsafeRawBufferPointer) -> Bool {
        headSize += line.count
        guard headSize <= Self.headLimit else {
            stop = .tooLarge
            return false
        }
        var line = unsafe Array(line)
        while line.last == UInt8(ascii: "\n") || line.last == UInt8(ascii: "\r") { line.removeLast() }
        lines.append(line)
        return true
    }

    fileprivate func open(_ address: UnsafeMutablePointer<curl_sockaddr>) -> Int32 {
        let isAllowed = unsafe withUnsafePointer(to: &address.pointee.addr) { unsafe transfer.policy.allows($0) }
        guard isAllowed else {
            stop = .refusedAddress
            return -1
        }
        return unsafe sockets.make(address.pointee)
    }
}

private func exchange(_ pointer: UnsafeMutableRawPointer?) -> Exchange? {
    guard let pointer = unsafe pointer else { return nil }
    return unsafe Unmanaged<Exchange>.fromOpaque(pointer).takeUnretainedValue()
}

/// libcurl's `CURLOPT_READFUNCTION`.
func readUpload(_ buffer: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ user: UnsafeMutableRawPointer?)
    -> Int
{
    guard let exchange = unsafe exchange(user), let buffer = unsafe buffer else { return 0 }
    return unsafe exchange.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: size * count))
}

/// libcurl's `CURLOPT_WRITEFUNCTION`: fewer bytes than came end the transfer.
func takeBody(_ buffer: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ user: UnsafeMutableRawPointer?)
    -> Int
{
    guard let exchange = unsafe exchange(user), let buffer = unsafe buffer else { return 0 }
    let body = unsafe UnsafeRawBufferPointer(start: buffer, count: size * count)
    return unsafe exchange.take(body: body) ? body.count : 0
}

/// libcurl's `CURLOPT_HEADERFUNCTION`, called for each line: fewer bytes than came end the transfer.
func takeHead(_ buffer: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ user: UnsafeMutableRawPointer?)
    -> Int
{
    guard let exchange = unsafe exchange(user), let buffer = unsafe buffer else { return 0 }
    let line = unsafe UnsafeRawBufferPointer(start: buffer, count: size * count)
    return unsafe exchange.take(line: line) ? line.count : 0
}

/// libcurl's `CURLOPT_PREREQFUNCTION`: it is asked when there is a connection, new or kept, before the request is made.
func beginRequest(
    _ user: UnsafeMutableRawPointer?,
    _: UnsafeMutablePointer<CChar>?,
    _: UnsafeMutablePointer<CChar>?,
    _: Int32,
    _: Int32
) -> Int32 {
    unsafe exchange(user)?.begin() == true ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
}

/// libcurl's `CURLOPT_XFERINFOFUNCTION`: anything but 0 ends the transfer.
func watchProgress(
    _ user: UnsafeMutableRawPointer?,
    _: curl_off_t,
    _: curl_off_t,
    _: curl_off_t,
    _: curl_off_t
) -> Int32 {
    unsafe exchange(user)?.mustEnd() == true ? 1 : 0
}

/// libcurl's `CURLOPT_OPENSOCKETFUNCTION`: it is asked with the address that is really connected to.
func openSocket(
    _ user: UnsafeMutableRawPointer?,
    _: curlsocktype,
    _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    guard let exchange = unsafe exchange(user), let address = unsafe address else { return -1 }
    return unsafe exchange.open(address)
}
