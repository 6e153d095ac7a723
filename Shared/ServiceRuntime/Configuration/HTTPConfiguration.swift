/// The limits of an HTTP server.
///
/// They bound what one client can hold.
package struct HTTPConfiguration: ComponentConfiguration {
    /// The largest body accepted, in bytes as received.
    ///
    /// What it may become when decompressed is the route's business.
    package var maxBodySize = 4 << 20
    /// How long a connection may send nothing, between requests and within the head of one (slow-loris).
    package var idleTimeout: Duration = .seconds(30)
    /// How long a new connection may take until the head of its first request is there.
    package var headTimeout: Duration = .seconds(5)
    /// How long one request may take to arrive, however steadily it drips.
    package var requestTimeout: Duration = .seconds(30)
    /// How long a client may leave an answer unread.
    package var responseTimeout: Duration = .seconds(60)
    /// Connections at one time.
    ///
    /// More wait in the kernel's queue.
    package var maxConnections = 4096
    /// The largest head of a request, in bytes.
    package var maxHeaderBytes = 32 << 10
    /// How many proxies of ours each request passes, which are believed what they append to `X-Forwarded-For`.
    ///
    /// Too many would let clients choose their addresses.
    package var trustedProxies = 0

    package init() {}

    /// Reads below the prefix `http`.
    ///
    /// - `maxBodySize` (size, default 4MiB, 1 KiB–64 MiB): the largest body
    /// - `idleTimeout` (duration, default 30s, 100ms–1h): silence before a connection is closed
    /// - `headTimeout` (duration, default 5s, 100ms–1h): time for the head of a new connection's first request
    /// - `requestTimeout` (duration, default 30s, 100ms–1h): time for one request to arrive
    /// - `responseTimeout` (duration, default 60s, 100ms–1h): time for a client to read on
    /// - `maxConnections` (int, default 4096, 1–65536): connections at one time
    /// - `maxHeaderBytes` (size, default 32KiB, 1 KiB–1 MiB): the largest head
    /// - `trustedProxies` (int, default 0, 0–8): proxies before this process whose `X-Forwarded-For` is believed
    package init(reader: SettingsReader) {
        let times = Duration.milliseconds(100)...Duration.seconds(3600)
        maxBodySize = reader.bytes("maxBodySize", default: maxBodySize, in: 1 << 10...64 << 20)
        idleTimeout = reader.duration("idleTimeout", default: idleTimeout, in: times)
        headTimeout = reader.duration("headTimeout", default: headTimeout, in: times)
        requestTimeout = reader.duration("requestTimeout", default: requestTimeout, in: times)
        responseTimeout = reader.duration("responseTimeout", default: responseTimeout, in: times)
        maxConnections = reader.int("maxConnections", default: maxConnections, in: 1...65536)
        maxHeaderBytes = reader.bytes("maxHeaderBytes", default: maxHeaderBytes, in: 1 << 10...1 << 20)
        trustedProxies = reader.int("trustedProxies", default: trustedProxies, in: 0...8)
    }

    package func validate() -> [ConfigurationProblem] {
        []
    }
}
