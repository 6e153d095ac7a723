package import Domain
package import ServiceRuntime
package import Streams
internal import Wire

extension JSONWriter {
    /// Writes how far a stage is behind, with its consumers.
    package mutating func write(_ stage: StageLag) {
        beginObject()
        lagMembers(stage)
        key("consumers")
        beginArray()
        for consumer in stage.consumers {
            beginObject()
            member("name", consumer.name)
            member("pending", consumer.pending)
            key("idle_seconds")
            seconds(consumer.idleMilliseconds)
            endObject()
        }
        endArray()
        endObject()
    }

    /// Writes the members that say how far a stage is behind; times in seconds.
    package mutating func lagMembers(_ stage: StageLag) {
        member("stream", stage.stream.rawValue)
        member("group", stage.group.rawValue)
        if let partition = stage.partition { member("partition", partition.description) }
        member("entries_behind", stage.behind)
        member("undelivered", stage.undelivered)
        member("pending", stage.pending)
        key("seconds_behind")
        seconds(stage.behindMilliseconds)
        key("oldest_pending_seconds")
        seconds(stage.oldestPendingMilliseconds)
    }

    /// Writes milliseconds as seconds with three decimals.
    package mutating func seconds(_ milliseconds: Int) {
        let fraction = String(milliseconds % 1_000)
        raw("\(milliseconds / 1_000).\(String(repeating: "0", count: 3 - fraction.utf8.count))\(fraction)")
    }

    /// Writes a dead letter under an id; with what it carries, when that is asked for.
    package mutating func write(_ letter: DeadLetter, id: String, withPayload: Bool) {
        beginObject()
        member("id", id)
        member("stage", letter.stage.rawValue)
        member("stream", letter.stream.rawValue)
        member("entry", letter.entry.description)
        member("reason", letter.reason)
        member("attempts", letter.attempts)
        member("buried_at", letter.buriedTime.rfc3339)
        if withPayload {
            if let event = letter.decodedEvent {
                member("event_id", event.eventID)
                member("workspace", event.identity.workspace)
                member("provider", event.provider)
                member("model", event.model)
                member("occurred_at", event.occurredAt.rfc3339)
            }
            member("payload_bytes", letter.payload.count)
            member("payload_hex", letter.payload.prefix(4_096).map { Self.hex($0) }.joined())
        }
        endObject()
    }

    private static func hex(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
}

extension DeadLetter {
    /// When it was given up.
    package var buriedTime: Timestamp {
        Timestamp(microseconds: Int64(clamping: buriedAt).multipliedReportingOverflow(by: 1_000).partialValue)
    }

    /// The event it carries, when it can be read.
    fileprivate var decodedEvent: UsageEvent? {
        switch stream {
        case .raw: try? RawEntry(payload).event
        case .priced: try? PricedEntry(payload).priced.event
        case .notices: nil
        }
    }
}
