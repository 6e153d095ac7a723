/// How a consumer loop behaves.
///
/// All defaults are visible here.
package struct ConsumerConfiguration: Hashable, Sendable {
    package var stream: StreamKind
    package var group: ConsumerGroup
    /// The consumer's name: stable per replica, distinct between replicas.
    package var consumer: String
    /// The most entries in one batch.
    package var batchLimit: Int
    /// How long to wait after a read that did not fill a batch, so that trickling entries come in batches too: what it
    /// adds to an entry's way at most.
    package var linger: Duration
    /// How long a read waits for entries.
    package var readWait: Duration
    /// Failures of one entry by itself, or deliveries of it, after which it is buried.
    package var attemptLimit: Int
    /// How long an entry may be held before others take it over.
    ///
    /// Longer than any batch takes.
    package var reclaimAfter: Duration
    /// How often to look for such entries.
    package var reclaimInterval: Duration
    /// How often to drop acknowledged entries while there are some.
    package var trimInterval: Duration
    /// How often to look for what others have left while this consumer is given nothing.
    package var idleTrimInterval: Duration
    /// How long a consumer without entries may be silent before it is deleted.
    package var removeConsumersAfter: Duration
    /// Waits between failures.
    package var backoff: Backoff

    package init(
        stream: StreamKind,
        group: ConsumerGroup,
        consumer: String,
        batchLimit: Int = 500,
        linger: Duration = .zero,
        readWait: Duration = .seconds(1),
        attemptLimit: Int = 5,
        reclaimAfter: Duration = .seconds(30),
        reclaimInterval: Duration = .seconds(10),
        trimInterval: Duration = .seconds(1),
        idleTrimInterval: Duration = .seconds(30),
        removeConsumersAfter: Duration = .seconds(3600),
        backoff: Backoff = .standard
    ) {
        self.stream = stream
        self.group = group
        self.consumer = consumer
        self.batchLimit = batchLimit
        self.linger = linger
        self.readWait = readWait
        self.attemptLimit = attemptLimit
        self.reclaimAfter = reclaimAfter
        self.reclaimInterval = reclaimInterval
        self.trimInterval = trimInterval
        self.idleTrimInterval = idleTrimInterval
        self.removeConsumersAfter = removeConsumersAfter
        self.backoff = backoff
    }
}
