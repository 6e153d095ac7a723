package import Hummingbird
package import Logging
package import NIOCore

/// What is known about one request besides the request itself.
package struct OliverRequestContext: RequestContext {
    /// What a context is made from.
    package struct Source: RequestContextSource {
        package let logger: Logger
        package let requestID: String
        package let maxBodySize: Int
        package let address: SocketAddress?

        package init(logger: Logger, requestID: String, maxBodySize: Int, address: SocketAddress? = nil) {
            self.logger = logger
            self.requestID = requestID
            self.maxBodySize = maxBodySize
            self.address = address
        }
    }

    package var coreContext: CoreRequestContextStorage
    /// The request's id, as the client gave it or as minted; answered as `x-request-id`.
    package let requestID: String
    /// The largest body to read, in bytes.
    package let maxBodySize: Int
    private let socketAddress: SocketAddress?
    private let baseLogger: Logger

    package init(source: Source) {
        coreContext = CoreRequestContextStorage(source: source)
        baseLogger = source.logger
        requestID = source.requestID
        maxBodySize = source.maxBodySize
        socketAddress = source.address
    }

    /// The client's network address: behind proxies that are not trusted to tell it, the last one's.
    ///
    /// Written out on demand: most requests are not asked where they come from.
    package var address: String? { socketAddress?.ipAddress }

    package var maxUploadSize: Int {
        maxBodySize
    }

    /// A logger that names the request.
    ///
    /// Made on demand: most requests log nothing.
    package var logger: Logger {
        var logger = baseLogger
        logger[metadataKey: "request_id"] = .string(requestID)
        return logger
    }
}
