internal import CCurl

/// Owns one libcurl "easy" handle, with its cache of connections.
///
/// Not for concurrent calls: an actor keeps it.
@safe final class CurlHandle {
    private let handle: UnsafeMutableRawPointer
    /// Its connections.
    let sockets = Sockets()

    /// libcurl is set up once for the process, before its first handle.
    private static let isReady: Bool = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK

    /// - Throws: `OutboundError` when there is no memory.
    init() throws(OutboundError) {
        guard Self.isReady, let made = unsafe curl_easy_init() else {
            throw OutboundError(.invalid, "libcurl cannot be used")
        }
        unsafe handle = made
    }

    deinit {
        sockets.cut()
        unsafe curl_easy_cleanup(handle)
    }

    /// Forgets all options; live connections stay open for the next transfer.
    func reset() {
        unsafe curl_easy_reset(handle)
    }

    func set(_ option: CURLoption, _ text: String) throws(OutboundError) {
        guard !text.utf8.contains(0) else { throw OutboundError(.invalid, "a value has a NUL in it") }
        try check(unsafe oliver_curl_set_text(handle, option, text))
    }

    func set(_ option: CURLoption, _ number: Int) throws(OutboundError) {
        try check(unsafe oliver_curl_set_number(handle, option, number))
    }

    /// Posts bytes, which libcurl copies.
    func set(body: [UInt8]) throws(OutboundError) {
        try check(unsafe oliver_curl_set_size(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)))
        var body = body
        try check(unsafe oliver_curl_set_pointer(handle, CURLOPT_COPYPOSTFIELDS, &body))
    }

    /// Sets what all transfers have: callbacks, a deadline, no signals, no proxy of the environment.
    private func prepare(_ user: UnsafeMutableRawPointer, _ error: UnsafeMutablePointer<CChar>) throws(OutboundError) {
        try check(unsafe oliver_curl_set_pointer(handle, CURLOPT_ERRORBUFFER, error))
        let users = [
            CURLOPT_READDATA, CURLOPT_WRITEDATA, CURLOPT_HEADERDATA, CURLOPT_XFERINFODATA, CURLOPT_PREREQDATA,
            CURLOPT_OPENSOCKETDATA,
        ]
        for option in users { try check(unsafe oliver_curl_set_pointer(handle, option, user)) }
        try check(unsafe oliver_curl_set_read(handle, readUpload))
        try check(unsafe oliver_curl_set_write(handle, CURLOPT_WRITEFUNCTION, takeBody))
        try check(unsafe oliver_curl_set_write(handle, CURLOPT_HEADERFUNCTION, takeHead))
        try check(unsafe oliver_curl_set_progress(handle, watchProgress))
        try check(unsafe oliver_curl_set_before_request(handle, beginRequest))
        try check(unsafe oliver_curl_set_open_socket(handle, openSocket))
        try check(unsafe oliver_curl_set_close_socket(handle, closeSocket))
        let sockets = unsafe Unmanaged.passUnretained(sockets).toOpaque()
        try check(unsafe oliver_curl_set_pointer(handle, CURLOPT_CLOSESOCKETDATA, sockets))
        try set(CURLOPT_NOPROGRESS, 0)
        try set(CURLOPT_NOSIGNAL, 1)
        // Looking up a name cannot be interrupted: a transfer whose time is over does not wait for it.
        try set(CURLOPT_QUICK_EXIT, 1)
        try set(CURLOPT_PROXY, "")
    }

    /// How a transfer ended.
    struct Outcome {
        var code: CURLcode
        /// The server's status, 0 when it gave none.
        var status: Int
        /// libcurl's words for an error.
        var message: String
    }

    /// Performs the transfer that was set up, with lists that live as long as it runs.
    func perform(
        _ exchange: Exchange,
        lists: [(option: CURLoption, texts: [String])]
    ) throws(OutboundError) -> Outcome {
        var error = [CChar](repeating: 0, count: Int(CURL_ERROR_SIZE))
        var made: [UnsafeMutablePointer<curl_slist>] = unsafe []
        defer {
            while let list = unsafe made.popLast() { unsafe curl_slist_free_all(list) }
            // What the handle points to ends here.
            reset()
        }
        for (option, texts) in lists {
            guard let list = unsafe Self.makeList(texts) else { throw OutboundError(.invalid, "no memory") }
            unsafe made.append(list)
            try check(unsafe oliver_curl_set_list(handle, option, list))
        }
        return try withExtendedLifetime(exchange) { () throws(OutboundError) in
            try unsafe error.withUnsafeMutableBufferPointer { buffer throws(OutboundError) in
                guard let start = buffer.baseAddress else { throw OutboundError(.invalid, "no memory") }
                try unsafe prepare(Unmanaged.passUnretained(exchange).toOpaque(), start)
                let code = unsafe curl_easy_perform(handle)
                // A connection that failed is not to be used again, nor to be taken leave of.
                if code != CURLE_OK { self.sockets.cut() }
                var status = 0
                _ = unsafe oliver_curl_get_number(handle, CURLINFO_RESPONSE_CODE, &status)
                let words =
                    unsafe start.pointee == 0 ? String(cString: curl_easy_strerror(code)) : String(cString: start)
                return Outcome(code: code, status: status, message: words)
            }
        }
    }

    private static func makeList(_ texts: [String]) -> UnsafeMutablePointer<curl_slist>? {
        var list: UnsafeMutablePointer<curl_slist>?
        for text in texts {
            guard let longer = unsafe curl_slist_append(list, text) else {
                unsafe curl_slist_free_all(list)
                return nil
            }
            unsafe list = longer
        }
        return unsafe list
    }

    private func check(_ code: CURLcode) throws(OutboundError) {
        guard code == CURLE_OK else {
            let words = unsafe curl_easy_strerror(code).map { unsafe String(cString: $0) } ?? "error \(code.rawValue)"
            throw OutboundError(.invalid, "libcurl does not take a setting: \(words)")
        }
    }
}
