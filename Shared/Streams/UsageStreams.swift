/// What intake and the stages put into streams.
package protocol StreamProducer: Sendable {
    /// How workspaces are spread.
    var partitioning: Partitioning { get }

    /// Takes ids and enqueues their events, id and entry in one step, all partitions in one round trip.
    ///
    /// A refusal in one partition does not touch the claims of others. Outcomes stand in the order of the claims.
    /// An id may occur twice in one call: the later one is a duplicate or a conflict.
    /// A claim with a `report` is kept until its window ends, as durably as an entry of the stream.
    func claim(_ claims: [Claim]) async -> [ClaimOutcome]

    /// Claims the events of reports whose windows have ended, some in each partition.
    ///
    /// - Returns: how many; call again until there are none.
    func settleReports() async throws -> Int

    /// Adds notices.
    func publish(_ notices: [Notice]) async throws

    /// How full streams and server are.
    func pressure() async throws -> StreamPressure
}

/// What a stage does with the entries it is given.
package protocol StreamConsumer: Sendable {
    /// A reader for one consumer of a group, over all partitions.
    ///
    /// The consumer's name is stable per replica, so that a restarted one finds what it held.
    func reader(of stream: StreamKind, for group: ConsumerGroup, as consumer: String) -> any StreamReader

    /// Acknowledges each raw entry for `pricing` and adds its priced one, in one step.
    ///
    /// Entries that were acknowledged before are left alone.
    ///
    /// After an error some partitions may have been done: repeating the whole call is safe.
    /// - Returns: how many entries were added.
    func forward(_ entries: [ForwardedEntry]) async throws -> Int

    /// Acknowledges entries.
    ///
    /// - Returns: how many had not been acknowledged before.
    @discardableResult
    func acknowledge(_ deliveries: [Delivery], for group: ConsumerGroup) async throws -> Int

    /// Puts entries aside as dead letters and acknowledges them, in one step; not those that were acknowledged before.
    ///
    /// - Returns: how many were buried.
    @discardableResult
    func bury(_ burials: [Burial], from group: ConsumerGroup) async throws -> Int

    /// Keeps entries from being reclaimed for a while and forgets their delivery count: what the loop does while a
    /// dependency is away, so that an outage never makes an entry look like poison.
    func keep(_ deliveries: [Delivery], for group: ConsumerGroup, as consumer: String) async throws

    /// Drops what every group of the stream has acknowledged.
    ///
    /// Nothing is dropped in partitions where one of the groups does not exist.
    ///
    /// - Returns: how many entries were dropped; a few may stay until a later call.
    @discardableResult
    func trim(_ stream: StreamKind) async throws -> Int

    /// Deletes consumers that hold nothing and have not asked for so long.
    ///
    /// - Returns: how many were deleted, counted per partition.
    @discardableResult
    func removeIdleConsumers(of stream: StreamKind, in group: ConsumerGroup, idleFor: Duration) async throws -> Int
}

/// Gives the entries of all partitions of a stream to one consumer.
///
/// Not for concurrent calls.
package protocol StreamReader: Sendable {
    /// New entries, oldest first within each partition.
    ///
    /// Returns at once when there are some, else waits; empty when none came. A cancelled call returns at once by
    /// throwing `CancellationError`; entries that were on their way stay pending for this consumer.
    /// The limit is aimed at: when several partitions fill up at once, a call may return up to `limit` for each.
    func read(limit: Int, wait: Duration) async throws -> [Delivery]

    /// Entries that this consumer was given before and has not acknowledged: what a restart asks for first.
    ///
    /// Goes on where the last call ended; empty when all were returned.
    /// An entry delivered `suspectAfter` times or more comes alone, so that a crash it causes blames no other entry.
    func recover(limit: Int, suspectAfter: Int) async throws -> [Delivery]

    /// Takes over entries that any consumer has held for at least `idle`. Suspects come alone, as in `recover`.
    func reclaim(limit: Int, idle: Duration, suspectAfter: Int) async throws -> [Delivery]

    /// Releases the connection. Later calls open it again.
    func close() async
}

/// What operators ask for.
package protocol StreamOperator: Sendable {
    /// Makes groups and epoch where they are missing, and checks what must never change.
    ///
    /// Safe to repeat and to run from several replicas at once.
    func prepare() async throws

    /// The figures of every stream, group and partition.
    func lag() async throws -> [StreamLag]

    /// How many dead letters there are.
    func deadLetterCount() async throws -> Int

    /// Dead letters by partition and age, starting behind `after`.
    func deadLetters(after: DeadLetterID?, limit: Int) async throws -> DeadLetterPage

    /// One dead letter, or `nil`.
    func deadLetter(_ id: DeadLetterID) async throws -> DeadLetter?

    /// Puts a dead letter back into its stream, addressed to the group that gave up on it.
    ///
    /// - Returns: its new id; `nil` when there is no such letter.
    func replay(_ id: DeadLetterID) async throws -> EntryID?

    /// Deletes a dead letter.
    ///
    /// - Returns: whether there was one.
    func discard(_ id: DeadLetterID) async throws -> Bool
}

/// All that moves events between the services.
///
/// Implementations: `InMemoryStreams` and, on Redis, `RedisStreams`.
package protocol UsageStreams: StreamProducer, StreamConsumer, StreamOperator {}
