package import Hummingbird
package import Logging

/// What is known about one request besides the request itself.
package struct OliverRequestContext: RequestContext {
    /// What a context is made from.
    package struct Source: RequestContextSource {
        package let logger: Logger
        package let requestID: String
        package let maxBodySize: Int
        package let address: String?

        package init(logger: Logger, requestID: String, maxBodySize: Int, address: String? = nil) {
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
    /// The client's network address: behind proxies that are not trusted to tell it, the last one's.
    package let address: String?
    private let baseLogger: Logger

    package init(source: Source) {
        coreContext = CoreRequestContextStorage(source: source)
        baseLogger = source.logger
        requestID = source.requestID
        maxBodySize = source.maxBodySize
        address = source.address
    }

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
