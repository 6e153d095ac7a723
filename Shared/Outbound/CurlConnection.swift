private import BlockingExecutor
internal import CCurl

/// Transfers by libcurl, one at a time, on a thread of their own: libcurl blocks while it waits.
actor CurlConnection {
    private let executor = BlockingExecutor()
    private let handle: CurlHandle

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }

    init() throws(OutboundError) {
        handle = try CurlHandle()
    }

    /// What a transfer needs.
    struct Transfer: Sendable {
        var url: String
        /// How long connecting may take, and all of it, with the wait for the transfers before it.
        var connectTimeout: Duration
        var timeout: Duration
        var policy: AddressPolicy = .any
        var texts: [(CURLoption, String)] = []
        var numbers: [(CURLoption, Int)] = []
        var lists: [(CURLoption, [String])] = []
        /// What libcurl reads as it sends, as SMTP does.
        var upload: [UInt8] = []
        /// What is posted.
        var post: [UInt8]?
        /// Bytes of the answer's body at most.
        var receiveLimit = 0
        /// Whether the server may see the request twice.
        var mayRepeat = false
    }

    /// How a transfer ended.
    struct Result: Sendable {
        /// libcurl's number; 0 when all went well.
        var code: UInt32
        var status: Int
        /// libcurl's words for an error.
        var message: String
        /// What the server said before the body.
        var lines: [[UInt8]]
        var received: [UInt8]
        /// Why it was ended from this side.
        var stop: Exchange.Stop?
        /// Whether there was a connection on which to make the request.
        var hasBegun: Bool
    }

    /// Performs a transfer; a cancelled task ends it within about a second.
    ///
    /// - Throws: `OutboundError` when it could not be set up or had to wait too long, `CancellationError`.
    nonisolated func perform(_ transfer: Transfer) async throws -> Result {
        let cancellation = Exchange.Cancellation()
        let deadline = ContinuousClock.now + transfer.timeout
        let result = try await withTaskCancellationHandler {
            try await run(transfer, until: deadline, cancellation)
        } onCancel: {
            cancellation.cancel()
        }
        if cancellation.isCancelled, result.code != 0 { throw CancellationError() }
        return result
    }

    private func run(
        _ transfer: Transfer,
        until deadline: ContinuousClock.Instant,
        _ cancellation: Exchange.Cancellation
    ) throws -> Result {
        if cancellation.isCancelled { throw CancellationError() }
        let left = deadline - .now
        guard left > .zero else { throw OutboundError(.timeout, "what was asked for before took too long") }
        let exchange = Exchange(
            transfer,
            cancellation: cancellation,
            deadline: deadline + .milliseconds(100),
            sockets: handle.sockets
        )
        handle.reset()
        try handle.set(CURLOPT_URL, transfer.url)
        try handle.set(CURLOPT_CONNECTTIMEOUT_MS, transfer.connectTimeout.wholeMilliseconds)
        try handle.set(CURLOPT_TIMEOUT_MS, left.wholeMilliseconds)
        for (option, text) in transfer.texts { try handle.set(option, text) }
        for (option, number) in transfer.numbers { try handle.set(option, number) }
        if let post = transfer.post { try handle.set(body: post) }
        let outcome = try handle.perform(exchange, lists: transfer.lists)
        return Result(
            code: outcome.code.rawValue,
            status: outcome.status,
            message: outcome.message,
            lines: exchange.lines,
            received: exchange.received,
            stop: exchange.stop,
            hasBegun: exchange.hasBegun
        )
    }
}

extension Duration {
    /// At least 1: 0 would mean no limit to libcurl.
    fileprivate var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        return max(1, Int(clamping: seconds * 1_000 + attoseconds / 1_000_000_000_000_000))
    }
}

extension OutboundError {
    /// What libcurl's number means, for failures of either protocol.
    init(_ result: CurlConnection.Result, status: Int? = nil) {
        if let stop = result.stop {
            self.init(stop, status: status)
            return
        }
        let code: Code
        switch CURLcode(rawValue: result.code) {
        // The latter is also said of an answer that is not of the protocol.
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: code = result.hasBegun ? .unknown : .invalid
        // Only without a connection it is known that nothing was sent.
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT: code = result.hasBegun ? .unknown : .unreachable
        case CURLE_OPERATION_TIMEDOUT: code = result.hasBegun ? .timeout : .unreachable
        case CURLE_LOGIN_DENIED, CURLE_AUTH_ERROR: code = .credentials
        case CURLE_USE_SSL_FAILED, CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE:
            code = .tls
        case CURLE_FILESIZE_EXCEEDED:
            self.init(.tooLarge, status: status)
            return
        default: code = .unknown
        }
        self.init(code, Self.unmeasured(result.message), status: status)
    }

    /// The words of libcurl without the milliseconds and bytes it adds to some.
    ///
    /// They differ each time, and whoever tells people of a failure once tells the same one from another by its words.
    static func unmeasured(_ words: String) -> String {
        let time = #/(?: with timeout)? after \d+ ?(?:ms|milliseconds)/#
        let bytes = #/ with \d+ (?:out of -?\d+ )?bytes (?:received|remaining to read)/#
        return words.replacing(time, with: "").replacing(bytes, with: "")
    }

    private init(_ stop: Exchange.Stop, status: Int?) {
        switch stop {
        case .refusedAddress:
            self.init(.refusedAddress, "the host has an address that may not be connected to", status: status)
        case .tooLarge: self.init(.tooLarge, "the answer is larger than what is taken", status: status)
        case .overdue: self.init(.timeout, "the server did not answer in time", status: status)
        case .repeated: self.init(.unknown, "the connection broke before the server answered", status: status)
        }
    }
}
