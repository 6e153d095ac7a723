package import Streams

/// Where Redis is and how it is spoken to.
///
/// All defaults are visible here.
package struct RedisConfiguration: Hashable, Sendable {
    /// The server's address.
    package enum Endpoint: Hashable, Sendable {
        case tcp(host: String, port: Int)
        case unix(path: String)
    }

    package var endpoint: Endpoint
    package var user: String?
    package var password: String?
    package var database = 0
    package var connectTimeout = Duration.seconds(2)
    /// How long the server may be silent while a command waits for it.
    package var commandTimeout = Duration.seconds(10)
    /// The most connections of a pool.
    package var poolSize = 4
    /// The most callers that may wait for a connection of a pool.
    package var waiterLimit = 1024
    /// Waits between attempts to reach the server.
    ///
    /// Callers fail at once meanwhile.
    package var backoff = Backoff(initial: .milliseconds(50), maximum: .seconds(3))

    package init(endpoint: Endpoint) {
        self.endpoint = endpoint
    }
}

extension RedisConfiguration: CustomStringConvertible, CustomReflectable {
    /// The address without its secret.
    package var description: String {
        let secret = password == nil ? "" : "***@"
        return switch endpoint {
        case .tcp(let host, let port): "redis://\(secret)\(host):\(port)/\(database)"
        case .unix(let path): "unix://\(path)?db=\(database)"
        }
    }

    package var customMirror: Mirror {
        Mirror(self, children: ["url": description])
    }
}
