/// How far a stage is behind: a group's figures of one partition, or of all together.
///
/// What `oliver lag`, the metrics and the operations page show is made here, so that they agree.
package struct StageLag: Hashable, Sendable {
    package var stream: StreamKind
    package var group: ConsumerGroup
    /// `nil` when all partitions are summed up.
    package var partition: Partition?
    /// Entries that no consumer has been given yet.
    package var undelivered = 0
    /// Entries given to a consumer and not acknowledged.
    package var pending = 0
    /// Milliseconds since the oldest entry that is not acknowledged was added; 0 when there is none.
    package var behindMilliseconds = 0
    /// Milliseconds since the oldest pending entry was added; 0 when none is pending.
    package var oldestPendingMilliseconds = 0
    /// By name; what one holds in several partitions is added up, and it is idle for as long as in the least idle one.
    package var consumers: [ConsumerLag] = []

    /// Entries that the stage has still to do.
    package var behind: Int { undelivered + pending }

    /// Consumers that have asked for entries within a minute: those that live.
    package var activeConsumers: Int { consumers.count { $0.idleMilliseconds < Self.silence } }

    /// Milliseconds since any consumer last asked for entries; `nil` without one.
    package var idleMilliseconds: Int? { consumers.map(\.idleMilliseconds).min() }

    /// Milliseconds since that consumer last asked which has been silent longest and still holds entries; 0 for none.
    package var holderIdleMilliseconds: Int {
        consumers.filter { $0.pending > 0 }.map(\.idleMilliseconds).max() ?? 0
    }

    /// A consumer asks at least each second: one that is silent for so many milliseconds is gone or stuck.
    package static let silence = 60_000

    /// Adds the figures of partitions up by stage, or leaves them apart; in the order of the first of each.
    package static func summing(_ lags: [StreamLag], byPartition: Bool = false) -> [StageLag] {
        var stages: [StageLag] = []
        var positions: [Key: Int] = [:]
        for lag in lags {
            let key = Key(stream: lag.stream, group: lag.group, partition: byPartition ? lag.partition : nil)
            if positions[key] == nil {
                positions[key] = stages.count
                stages.append(StageLag(stream: key.stream, group: key.group, partition: key.partition))
            }
            if let position = positions[key] { stages[position].add(lag) }
        }
        return stages
    }

    private struct Key: Hashable {
        var stream: StreamKind
        var group: ConsumerGroup
        var partition: Partition?
    }

    private mutating func add(_ lag: StreamLag) {
        undelivered += lag.behind
        pending += lag.pending
        behindMilliseconds = max(behindMilliseconds, lag.behindMilliseconds)
        oldestPendingMilliseconds = max(oldestPendingMilliseconds, lag.oldestPendingMilliseconds)
        for consumer in lag.consumers {
            if let known = consumers.firstIndex(where: { $0.name == consumer.name }) {
                consumers[known].pending += consumer.pending
                consumers[known].idleMilliseconds = min(consumers[known].idleMilliseconds, consumer.idleMilliseconds)
            } else {
                consumers.append(consumer)
            }
        }
        consumers.sort { $0.name < $1.name }
    }
}
