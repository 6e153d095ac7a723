package import Streams

/// How streams are kept on Redis.
///
/// All defaults are visible here.
package struct RedisStreamsConfiguration: Hashable, Sendable {
    package var partitioning: Partitioning
    /// Entries that a partition's raw or priced stream may hold before claims are refused.
    package var backlogLimit: Int
    /// How long an event id is remembered.
    package var idLifetime: Duration

    package init(
        partitioning: Partitioning = .standard,
        backlogLimit: Int = 250_000,
        idLifetime: Duration = .seconds(86_400)
    ) {
        self.partitioning = partitioning
        self.backlogLimit = backlogLimit
        self.idLifetime = idLifetime
    }
}
