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
        /// How long connecting may take, and all of it.
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
        /// Bytes of the answer that are kept.
        var receiveLimit = 0
    }

    /// How a transfer ended.
    struct Result: Sendable {
        /// libcurl's number; 0 when all went well.
        var code: UInt32
        var status: Int
        /// libcurl's words for an error.
        var message: String
        var lastLine: String
        var received: [UInt8]
        var isSent: Bool
        var hasRefusedAddress: Bool
    }

    /// Performs a transfer; a cancelled task ends it within about a second.
    ///
    /// - Throws: `OutboundError` when it could not be set up, `CancellationError`.
    nonisolated func perform(_ transfer: Transfer) async throws -> Result {
        let cancellation = Exchange.Cancellation()
        let result = try await withTaskCancellationHandler {
            try await run(transfer, cancellation)
        } onCancel: {
            cancellation.cancel()
        }
        if cancellation.isCancelled, result.code != 0 { throw CancellationError() }
        return result
    }

    private func run(_ transfer: Transfer, _ cancellation: Exchange.Cancellation) throws(OutboundError) -> Result {
        let exchange = Exchange(
            upload: transfer.upload,
            receiveLimit: transfer.receiveLimit,
            policy: transfer.policy,
            cancellation: cancellation,
            deadline: .now + transfer.timeout + .milliseconds(100),
            sockets: handle.sockets
        )
        handle.reset()
        try handle.set(CURLOPT_URL, transfer.url)
        try handle.set(CURLOPT_CONNECTTIMEOUT_MS, transfer.connectTimeout.wholeMilliseconds)
        try handle.set(CURLOPT_TIMEOUT_MS, transfer.timeout.wholeMilliseconds)
        for (option, text) in transfer.texts { try handle.set(option, text) }
        for (option, number) in transfer.numbers { try handle.set(option, number) }
        if let post = transfer.post { try handle.set(body: post) }
        let outcome = try handle.perform(exchange, lists: transfer.lists)
        return Result(
            code: outcome.code.rawValue,
            status: outcome.status,
            message: outcome.message,
            lastLine: String(decoding: exchange.lastLine, as: UTF8.self),
            received: exchange.received,
            isSent: exchange.isSent,
            hasRefusedAddress: exchange.hasRefusedAddress
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
        let code: Code
        switch CURLcode(rawValue: result.code) {
        case _ where result.hasRefusedAddress: code = .refusedAddress
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: code = .invalid
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT: code = .unreachable
        case CURLE_OPERATION_TIMEDOUT: code = .timeout
        case CURLE_LOGIN_DENIED, CURLE_AUTH_ERROR: code = .credentials
        case CURLE_USE_SSL_FAILED, CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE:
            code = .tls
        default: code = .unknown
        }
        let words = result.hasRefusedAddress ? "the host has an address that may not be connected to" : result.message
        self.init(code, words, status: status)
    }
}
