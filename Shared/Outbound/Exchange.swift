internal import CCurl
internal import Synchronization

/// What one transfer sends and receives, as libcurl's callbacks see it.
///
/// libcurl calls them on the thread that performs the transfer, while `CurlConnection` holds the object; only `cancel`
/// comes from elsewhere.
final class Exchange {
    private let upload: [UInt8]
    private var sent = 0
    private let receiveLimit: Int
    private let policy: AddressPolicy
    private let cancellation: Cancellation
    private let sockets: Sockets
    private let deadline: ContinuousClock.Instant
    /// The body of the answer, up to the limit.
    private(set) var received: [UInt8] = []
    /// The last line of the server's head, for receipts: SMTP servers name the message there.
    private(set) var lastLine: [UInt8] = []
    /// Whether an address was refused by the policy.
    private(set) var hasRefusedAddress = false

    /// A request to stop, from any thread.
    final class Cancellation: Sendable {
        private let flag = Atomic(false)

        func cancel() { flag.store(true, ordering: .relaxed) }
        var isCancelled: Bool { flag.load(ordering: .relaxed) }
    }

    /// - Parameters:
    ///   - upload: What libcurl reads.
    ///   - receiveLimit: Bytes of the answer that are kept.
    ///   - policy: Which addresses may be connected to.
    ///   - cancellation: Ends the transfer from elsewhere.
    ///   - deadline: Ends all of it: libcurl's own timeout does not hold while it takes leave of a server.
    ///   - sockets: Makes connections.
    init(
        upload: [UInt8] = [],
        receiveLimit: Int,
        policy: AddressPolicy,
        cancellation: Cancellation,
        deadline: ContinuousClock.Instant,
        sockets: Sockets
    ) {
        self.upload = upload
        self.receiveLimit = receiveLimit
        self.policy = policy
        self.cancellation = cancellation
        self.deadline = deadline
        self.sockets = sockets
    }

    /// Whether the whole upload was handed to libcurl.
    var isSent: Bool { sent == upload.count }

    fileprivate var mustEnd: Bool { cancellation.isCancelled || ContinuousClock.now > deadline }

    fileprivate func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, upload.count - sent)
        unsafe buffer.copyBytes(from: upload[sent..<sent + count])
        sent += count
        return count
    }

    /// Takes what fits; more than the limit is dropped, the status alone counts.
    fileprivate func take(body: UnsafeRawBufferPointer) {
        unsafe received.append(contentsOf: body.prefix(receiveLimit - received.count))
    }

    fileprivate func take(line: UnsafeRawBufferPointer) {
        let text = unsafe line.prefix(512).filter { $0 >= 0x20 && $0 != 0x7F }
        // SMTP's farewell says nothing about the message.
        if !text.isEmpty, !text.starts(with: "221".utf8) { lastLine = text }
    }

    fileprivate func open(_ address: UnsafeMutablePointer<curl_sockaddr>) -> Int32 {
        let isAllowed = unsafe withUnsafePointer(to: &address.pointee.addr) { unsafe policy.allows($0) }
        guard isAllowed else {
            hasRefusedAddress = true
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

/// libcurl's `CURLOPT_WRITEFUNCTION`.
func takeBody(_ buffer: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ user: UnsafeMutableRawPointer?)
    -> Int
{
    guard let exchange = unsafe exchange(user), let buffer = unsafe buffer else { return 0 }
    unsafe exchange.take(body: UnsafeRawBufferPointer(start: buffer, count: size * count))
    return size * count
}

/// libcurl's `CURLOPT_HEADERFUNCTION`.
func takeHead(_ buffer: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ user: UnsafeMutableRawPointer?)
    -> Int
{
    guard let exchange = unsafe exchange(user), let buffer = unsafe buffer else { return 0 }
    unsafe exchange.take(line: UnsafeRawBufferPointer(start: buffer, count: size * count))
    return size * count
}

/// libcurl's `CURLOPT_XFERINFOFUNCTION`: anything but 0 ends the transfer.
func watchProgress(
    _ user: UnsafeMutableRawPointer?,
    _: curl_off_t,
    _: curl_off_t,
    _: curl_off_t,
    _: curl_off_t
) -> Int32 {
    unsafe exchange(user)?.mustEnd == true ? 1 : 0
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
