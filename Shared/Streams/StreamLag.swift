/// How far a group is behind in one partition of a stream.
package struct StreamLag: Hashable, Sendable {
    package var stream: StreamKind
    package var group: ConsumerGroup
    package var partition: Partition
    /// Entries that no consumer of the group has been given yet.
    package var behind: Int
    /// Entries given to a consumer and not acknowledged.
    package var pending: Int
    /// Milliseconds since the oldest pending entry was added; 0 when none is pending.
    package var oldestPendingMilliseconds: Int
    /// Milliseconds since the oldest entry that the group has not acknowledged was added; 0 when there is none.
    package var behindMilliseconds: Int
    package var consumers: [ConsumerLag]

    package init(
        stream: StreamKind,
        group: ConsumerGroup,
        partition: Partition,
        behind: Int,
        pending: Int,
        oldestPendingMilliseconds: Int,
        behindMilliseconds: Int,
        consumers: [ConsumerLag]
    ) {
        self.stream = stream
        self.group = group
        self.partition = partition
        self.behind = behind
        self.pending = pending
        self.oldestPendingMilliseconds = oldestPendingMilliseconds
        self.behindMilliseconds = behindMilliseconds
        self.consumers = consumers
    }
}

/// What one consumer of a group holds.
package struct ConsumerLag: Hashable, Sendable {
    package var name: String
    package var pending: Int
    /// Milliseconds since it last asked for entries.
    package var idleMilliseconds: Int

    package init(name: String, pending: Int, idleMilliseconds: Int) {
        self.name = name
        self.pending = pending
        self.idleMilliseconds = idleMilliseconds
    }
}

/// How full the streams and their server are: what intake looks at before it accepts more.
package struct StreamPressure: Hashable, Sendable {
    /// Bytes the server uses.
    package var usedMemory: Int
    /// Bytes it may use; 0 for no limit.
    package var memoryLimit: Int
    /// Entries in the fullest raw stream.
    package var rawEntries: Int
    /// Entries in the fullest priced stream.
    package var pricedEntries: Int

    package init(usedMemory: Int, memoryLimit: Int, rawEntries: Int, pricedEntries: Int) {
        self.usedMemory = usedMemory
        self.memoryLimit = memoryLimit
        self.rawEntries = rawEntries
        self.pricedEntries = pricedEntries
    }
}
